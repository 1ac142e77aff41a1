/** SMTP servers to send to: a real one, and one that answers, hangs or hangs up at any step as it is told. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly secure: boolean;
  readonly user: unknown;
  readonly smtpUtf8: boolean;
  /** Of each recipient: when a DSN is asked for. */
  readonly notify: readonly (readonly string[] | undefined)[];
}

export interface SmtpPeer {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Ends all connections without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** An error that the server turns into an answer. */
export function answer(responseCode: number, message = 'said the test'): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** The server of the package smtp-server, without encryption unless `options` has a certificate. */
export async function startSmtpServer(options: SMTPServerOptions = {}): Promise<SmtpPeer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    hideSTARTTLS: options.cert === undefined,
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 1000,
    onData: (stream, session, done) => {
      text(stream).then((body) => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? 'nothing' : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        const notify = rcptTo.map(({ dsn }) => dsn?.notify);
        const { secure, user } = session;
        mails.push({ from, to, text: body, secure, user, smtpUtf8: session.envelope.smtpUtf8 === true, notify });
        done(null, 'taken');
      }, done);
    },
    ...options,
  });
  // A client that closes in the middle of a session is what some tests are about.
  server.on('error', () => {});
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: portOf(listener.address()),
    mails,
    cut: () => {
      for (const connection of server.connections) connection.close();
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

export type Step = 'greeting' | 'EHLO' | 'STARTTLS' | 'MAIL' | 'RCPT' | 'DATA' | 'end';
/** An answer; or nothing, ever; or the connection is closed. */
export type Reaction = string | 'hang' | 'cut';

export interface ScriptedPeer {
  readonly port: number;
  /** Mails that came whole. */
  readonly mails: readonly string[];
  /** How often each command came. */
  readonly commands: readonly string[];
  /** The commands as they came. */
  readonly lines: readonly string[];
  /** Connections that are open. */
  connections(): number;
  close(): Promise<void>;
}

/** A server that takes everything but what `reactions` says. */
export async function startScriptedServer(reactions: Partial<Record<Step, Reaction>>): Promise<ScriptedPeer> {
  const usual: Readonly<Record<Step, string>> = {
    greeting: '220 localhost ESMTP',
    EHLO: '250 localhost',
    STARTTLS: '220 go on',
    MAIL: '250 fine',
    RCPT: '250 fine',
    DATA: '354 go on',
    end: '250 taken',
  };
  const mails: string[] = [];
  const commands: string[] = [];
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  function react(socket: Socket, step: Step): void {
    const reaction = reactions[step] ?? usual[step];
    if (reaction === 'cut') socket.destroy();
    // RFC 5321 §3.8: whoever says 421 closes the connection.
    else if (reaction.startsWith('421')) socket.end(`${reaction}\r\n`);
    else if (reaction !== 'hang') socket.write(`${reaction}\r\n`);
  }
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let pending = '';
    let mail: string | undefined;
    react(socket, 'greeting');
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      pending += chunk;
      for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        if (mail !== undefined) {
          if (line !== '.') {
            mail += `${line}\r\n`;
            continue;
          }
          mails.push(mail);
          mail = undefined;
          react(socket, 'end');
          continue;
        }
        const word = line.slice(0, 4).toUpperCase();
        commands.push(word);
        lines.push(line);
        if (word === 'STAR') react(socket, 'STARTTLS');
        if (word === 'QUIT') socket.end('221 bye\r\n');
        if (word === 'DATA' && (reactions.DATA ?? usual.DATA).startsWith('354')) mail = '';
        if (word === 'EHLO' || word === 'MAIL' || word === 'RCPT' || word === 'DATA') react(socket, word);
        else if (word === 'HELO') react(socket, 'EHLO');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    mails,
    commands,
    lines,
    connections: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(address: string | { readonly port: number } | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
