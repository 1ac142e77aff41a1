/** A real rsyslogd, which writes each message as it has parsed it. */
import { existsSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.ts';
import { type Defer, makeWorkspace } from '../workspace.ts';
import { type RealServer, startServer } from './server.ts';

/** The properties of rsyslog by its own names. */
export interface ParsedMessage {
  readonly msg: string;
  readonly rawmsg: string;
  readonly hostname: string;
  readonly timereported: string;
  readonly pri: string;
  readonly msgid: string;
  readonly procid: string;
  readonly programname: string;
  readonly inputname: string;
  readonly '$!': { readonly 'rfc5424-sd'?: Readonly<Record<string, Readonly<Record<string, string>>>> } | null;
}

export interface RsyslogServer extends RealServer {
  readonly directory: string;
  /** For messages as syslog(3) writes them. */
  readonly socket: string;
  /** Where the usual parsers read, also RFC 5424. */
  readonly modernSocket: string;
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly tlsPort: number;
  messages(): Promise<readonly ParsedMessage[]>;
}

/** `certificates`: files in PEM; with them it receives over TLS, and wants a client certificate of `ca`. */
export async function startRsyslog(
  defer: Defer,
  certificates?: { readonly ca: string; readonly certificate: string; readonly key: string },
): Promise<RsyslogServer> {
  const directory = await makeWorkspace(defer);
  const { udp, tcp, tls } = await freePorts(['udp', 'tcp', 'tls']);
  const [socket, modernSocket, output] = ['log', 'log5424', 'out.json'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const file = join(directory, 'rsyslog.conf');
  const onSocket = 'rateLimit.interval="0" ruleset="all"';
  const driver = 'streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid"';
  const files =
    certificates === undefined
      ? ''
      : `defaultNetstreamDriverCAFile="${certificates.ca}" defaultNetstreamDriverCertFile="${certificates.certificate}" defaultNetstreamDriverKeyFile="${certificates.key}"`;
  const lines = [
    `global(workDirectory="${directory}" maxMessageSize="128k" net.enableDNS="off" ${files})`,
    'module(load="imuxsock" sysSock.use="off")',
    'module(load="imudp")',
    'module(load="imtcp")',
    'module(load="mmpstrucdata")',
    `input(type="imuxsock" socket="${socket}" useSpecialParser="on" ${onSocket})`,
    `input(type="imuxsock" socket="${modernSocket}" useSpecialParser="off" ${onSocket})`,
    `input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="all")`,
    `input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="all")`,
    ...(certificates === undefined
      ? []
      : [`input(type="imtcp" address="127.0.0.1" port="${tls}" ruleset="all" ${driver})`]),
    'template(name="all" type="list") { property(name="jsonmesg") constant(value="\\n") }',
    'ruleset(name="all") {',
    '  action(type="mmpstrucdata")',
    `  action(type="omfile" file="${output}" template="all" asyncWriting="off" flushOnTXEnd="on")`,
    '}',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const answers = async (): Promise<boolean> => existsSync(modernSocket) && (await accepts(Number(tcp)));
  const pid = join(directory, 'pid');
  const server = await startServer({ program: 'rsyslogd', words: ['-n', '-f', file, '-i', pid], answers }, defer);
  return {
    ...server,
    // It refuses to start where a file has its number, and that is still there after a kill.
    start: async () => {
      await rm(pid, { force: true });
      // A kill may leave a message half written, to which the next one would be appended.
      if (existsSync(output)) await truncate(output, Buffer.byteLength(wholeLines(await readFile(output, 'utf8'))));
      await server.start();
    },
    directory,
    socket,
    modernSocket,
    udpPort: Number(udp),
    tcpPort: Number(tcp),
    tlsPort: Number(tls),
    messages: async () => {
      const text = existsSync(output) ? await readFile(output, 'utf8') : '';
      return wholeLines(text)
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as ParsedMessage);
    },
  };
}

/** Without the last line where it is half written. */
const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
