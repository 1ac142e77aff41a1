/** Hands mail to an SMTP server: one connection for each mail, and no doubt left about what became of it. */
import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { BoundedMap, bytesOfText } from '../../base/bounded-map.ts';
import { printable } from '../../base/printable.ts';
import { abortReason, type Extend, type Outcome } from '../notifier.ts';
import type { TestRun } from '../test-run.ts';
import { envelopeOf } from './smtp-envelope.ts';
import { type Accepted, acceptedOf, type Failure, failureOf, replyCode, type Stage } from './smtp-failure.ts';
import { tracedBy } from './traced-transport.ts';
import type { Mail, Transport } from './transport.ts';

/** How the connection is encrypted; `opportunistic` and `off` protect no password. */
export const tlsModes = ['off', 'opportunistic', 'starttls', 'implicit'] as const;

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: (typeof tlsModes)[number];
  /** The option that sets it, for a reason that names it. */
  readonly tlsOption: string;
  /** Certificates (PEM) that are trusted instead of those that Node trusts. */
  readonly ca: string | undefined;
  /** Who we are, for a server that asks for it (PEM). */
  readonly identity: { readonly cert: string; readonly key: string } | undefined;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** With which name to greet. */
  readonly name: string;
  /** How long an attempt may take up to the end of the mail, in milliseconds. */
  readonly attemptTimeoutMs: number;
  /** How long the answer to the end of the mail may take, in milliseconds. */
  readonly answerTimeoutMs: number;
  readonly test: TestRun | undefined;
  /** Hears of recipients that were refused for ever while others were accepted. */
  warn(reason: string): void;
}

/** How many mails are remembered of which a part of the recipients has been accepted. */
const memory = { entries: 1000, bytes: 4 * 1024 * 1024 };
/** A mail is sent in pieces, so that its end is known to have gone out. */
const pieceLength = 16 * 1024;
/** How long a server may take to say goodbye, in milliseconds. */
const goodbyeMs = 2000;

type Connection = InstanceType<typeof SMTPConnection>;

/** By the id of a mail: the recipients that the server has accepted, while others are to be tried again. */
export function rememberedRecipients(): BoundedMap<ReadonlySet<string>> {
  return new BoundedMap(memory, (addresses) => bytesOfText([...addresses].join('')));
}

/**
 * Opens nothing yet. A retry of a mail that some recipients' server has accepted goes to the others alone, as long as
 * this process remembers it.
 */
export async function openSmtp(settings: SmtpSettings): Promise<Transport> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const accepted = rememberedRecipients();
  const live = new Set<Connection>();

  function connect(): Connection {
    const { host, port, tls, ca, identity, attemptTimeoutMs, answerTimeoutMs } = settings;
    const connection = new Connection({
      host,
      port,
      name: settings.name,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'off',
      opportunisticTLS: tls === 'opportunistic',
      tls: { rejectUnauthorized: tls !== 'opportunistic', ...(ca === undefined ? {} : { ca }), ...identity },
      // The library's own limits, never reached: the signal of an attempt aborts before.
      connectionTimeout: attemptTimeoutMs,
      greetingTimeout: attemptTimeoutMs,
      dnsTimeout: attemptTimeoutMs,
      socketTimeout: attemptTimeoutMs + answerTimeoutMs,
      socketCloseTimeout: 0,
      ...tracedBy(settings.test),
    });
    live.add(connection);
    connection.once('end', () => live.delete(connection));
    return connection;
  }

  return {
    lineEnd: 'crlf',
    send: async (mail, signal, extend) => {
      const before = accepted.get(mail.id) ?? new Set();
      const recipients = mail.recipients.filter((address) => !before.has(address));
      const connection = connect();
      const result = await attempt(connection, { ...mail, recipients }, settings, signal, extend);
      accepted.delete(mail.id);
      if ('failure' in result) {
        if (before.size > 0) accepted.set(mail.id, before);
        return outcomeOfFailure(result.failure, settings);
      }
      if (result.deferred.length > 0) {
        accepted.set(mail.id, new Set([...before, ...result.accepted]));
        return { status: 'retry', reason: printable(`for some recipients: ${result.deferred.join('; ')}`, 1000) };
      }
      const refused = printable(result.refused.join('; '), 1000);
      if (refused !== '') settings.warn(refused);
      const detail = refused === '' ? result.answer : `${result.answer}; refused: ${refused}`;
      return { status: 'delivered', detail: printable(detail, 1500) };
    },
    close: async () => {
      for (const connection of live) connection.close();
    },
  };
}

function outcomeOfFailure(failure: Failure, { host, port, tls, tlsOption }: SmtpSettings): Outcome {
  const reason = printable(`SMTP server ${host}:${port}: ${failure.reason}`, 1000);
  if (!failure.encryption || tls !== 'opportunistic') return { status: failure.status, reason };
  const remedy = `the server offers STARTTLS, but STARTTLS fails: repair the server, or set ${tlsOption}: off to send without encryption`;
  return { status: failure.status, reason: `${reason}; ${remedy}` };
}

/** Goes through one session. The connection is closed, or about to be, when this resolves. */
function attempt(
  connection: Connection,
  mail: Mail,
  settings: SmtpSettings,
  signal: AbortSignal,
  extend: Extend | undefined,
): Promise<Accepted | { readonly failure: Failure }> {
  return new Promise((resolve) => {
    let stage: Stage = 'session';
    let settled = false;
    function settle(result: Accepted | { readonly failure: Failure }): void {
      settled = true;
      signal.removeEventListener('abort', abort);
      resolve(result);
    }
    function fail(error: unknown): void {
      if (settled) return;
      settle({ failure: failureOf(error, connection.upgrading ? 'encryption' : stage) });
      if (replyCode(error) === undefined) connection.close();
      else leave(connection);
    }
    function abort(): void {
      const limitMs = stage === 'answer' ? settings.answerTimeoutMs : settings.attemptTimeoutMs;
      const isOver = abortReason(signal) === 'timeout';
      fail(new Error(isOver ? `no answer within ${limitMs / 1000} s` : 'given up because the daemon stops'));
    }
    async function* pieces(): AsyncGenerator<string> {
      for (let start = 0; start < mail.text.length; start += pieceLength) {
        yield mail.text.slice(start, start + pieceLength);
      }
      // From here on the server may have the whole mail.
      stage = 'answer';
      if (!settled) extend?.(settings.answerTimeoutMs);
    }
    function submit(greeting: string): void {
      stage = 'envelope';
      const { envelope, refused } = envelopeOf(mail, greeting);
      if (envelope.to.length === 0) {
        settle({ failure: { status: 'rejected', reason: refused.join('; ') } });
        leave(connection);
        return;
      }
      connection.send(envelope, Readable.from(pieces(), { objectMode: false }), (error, info) => {
        if (error || !info) return fail(error ?? new Error('the library gave no result'));
        if (settled) return;
        settle(acceptedOf(info, refused));
        leave(connection);
      });
    }

    signal.addEventListener('abort', abort, { once: true });
    connection.on('error', fail);
    // The library may close before it says why: what the server has said comes first.
    connection.once('end', () => setImmediate(() => fail(new Error('the connection was closed'))));
    connection.connect((error) => {
      if (error) return fail(error);
      // The answer to EHLO, before another takes its place.
      const greeting = connection.lastServerResponse || '';
      if (settings.login === undefined) return submit(greeting);
      const { user, password } = settings.login;
      connection.login({ user, pass: password }, (refusal) => (refusal ? fail(refusal) : submit(greeting)));
    });
  });
}

/** Says goodbye without making anybody wait for it. */
function leave(connection: Connection): void {
  const timer = setTimeout(() => connection.close(), goodbyeMs).unref();
  connection.once('end', () => clearTimeout(timer));
  connection.quit();
}
