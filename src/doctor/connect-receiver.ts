/** Connects to a receiver as a notifier would, as far as that delivers nothing: name, connection, TLS, a first answer. */

import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { messageOf } from '../base/error.ts';
import type { ReceiverAddress, ReceiverTls } from '../notifier/receiver-address.ts';
import { readRegularFile } from '../os/regular-file.ts';
import { LineReader } from './line-reader.ts';

/** What was found: how far it goes, and what was answered there; or what failed. */
export type Reached =
  | {
      readonly reached: true;
      /** `connects, TLS 1.3, answers 204`. */
      readonly how: string;
      /** The time by the clock of the receiver, in milliseconds since the epoch, to within a second. */
      readonly clockAt?: number;
    }
  | {
      readonly reached: false;
      readonly stage: 'name' | 'address' | 'connection' | 'TLS' | 'answer';
      readonly reason: string;
    };

/** Never rejects. What is not over when `signal` aborts has failed at that stage. */
export async function connectReceiver(address: ReceiverAddress, signal: AbortSignal): Promise<Reached> {
  let stage: (Reached & { reached: false })['stage'] = 'name';
  const open: { destroy(): unknown }[] = [];
  try {
    const at = 'host' in address.at ? await resolved(address.at.host, signal) : undefined;
    stage = 'address';
    const refusal = at === undefined ? undefined : address.refuses?.(at);
    if (refusal !== undefined) return { reached: false, stage, reason: `${at}: ${refusal}` };
    stage = 'connection';
    if (address.transport === 'datagram') return await sendsDatagrams(address, at);
    const target = 'path' in address.at ? { path: address.at.path } : { host: at ?? '', port: address.at.port };
    const { tls } = address;
    const socket = tls === undefined ? connectPlain(target) : connectTls({ ...target, ...tlsOptions(tls) });
    open.push(socket);
    // Reported to whoever waits for it.
    socket.on('error', () => {});
    await once(socket, 'connect', { signal });
    const how = ['connects'];
    if ('getProtocol' in socket) {
      stage = 'TLS';
      await once(socket, 'secureConnect', { signal });
      how.push(`${protocolOf(socket)}, certificate valid`);
    }
    stage = 'answer';
    const { asks } = address;
    if (asks?.protocol === 'http') {
      const { status, clockAt } = await askHttp(socket, asks, signal);
      how.push(`answers OPTIONS with ${status}`);
      return { reached: true, how: how.join(', '), ...(clockAt === undefined ? {} : { clockAt }) };
    }
    if (asks?.protocol === 'smtp') {
      how.push(await greetSmtp(socket, asks.name, asks.startTls !== undefined, signal));
      if (asks.startTls !== undefined) {
        stage = 'TLS';
        const upgraded = connectTls({ socket, ...tlsOptions(asks.startTls) });
        // Node must close the one that it is made of by itself: destroying both ends the process (Node 20).
        open.splice(0, 1, upgraded);
        upgraded.on('error', () => {});
        await once(upgraded, 'secureConnect', { signal });
        how.push(`${protocolOf(upgraded)}, certificate valid`);
      }
    }
    return { reached: true, how: how.join(', ') };
  } catch (thrown) {
    return { reached: false, stage, reason: signal.aborted ? 'no answer in time' : reasonOf(thrown) };
  } finally {
    for (const socket of open) socket.destroy();
  }
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof AggregateError ? thrown.errors.map(messageOf).join('; ') : messageOf(thrown);
}

/** The first address. The resolver cannot be interrupted: what it answers too late is dropped. */
async function resolved(host: string, signal: AbortSignal): Promise<string> {
  if (isIP(host) !== 0) return host;
  const aborted = once(signal, 'abort').then(() => Promise.reject(new Error('no answer in time')));
  const { address } = await Promise.race([lookup(host), aborted]);
  return address;
}

/** A datagram gets no answer; a socket file at least has somebody who reads it. */
async function sendsDatagrams({ at }: ReceiverAddress, host: string | undefined): Promise<Reached> {
  if ('path' in at) {
    const { openDatagramSender } = await import('../os/datagram-sender.ts');
    openDatagramSender(at.path, 'is that daemon running?').close();
    return { reached: true, how: 'a process receives there' };
  }
  const socket = createSocket(isIP(host ?? '') === 6 ? 'udp6' : 'udp4');
  try {
    socket.connect(at.port, host);
    await once(socket, 'connect');
    return { reached: true, how: 'the name resolves; UDP has no answer, so more cannot be found out' };
  } finally {
    socket.close();
  }
}

/** Throws what the system throws where a file cannot be read. */
function tlsOptions({ servername, ca, certificate, key }: ReceiverTls): ConnectionOptions {
  return {
    // The name of an address is checked, but not sent (RFC 6066 §3).
    ...(isIP(servername) === 0 ? { servername } : {}),
    ...(ca === undefined ? {} : { ca: readRegularFile(ca) }),
    ...(certificate === undefined ? {} : { cert: readRegularFile(certificate) }),
    ...(key === undefined ? {} : { key: readRegularFile(key) }),
  };
}

const protocolOf = (socket: TLSSocket): string => (socket.getProtocol() ?? 'TLS').replace('TLSv', 'TLS ');

async function askHttp(
  socket: Socket,
  { host, path }: { readonly host: string; readonly path: string },
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly clockAt?: number }> {
  const lines = new LineReader(socket, signal);
  socket.write(
    `OPTIONS ${path} HTTP/1.1\r\nhost: ${host}\r\nuser-agent: belfry-doctor\r\naccept: */*\r\nconnection: close\r\n\r\n`,
  );
  const first = await lines.next();
  const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(first) ?? [];
  if (status === undefined) throw new Error('it does not speak HTTP there');
  for (let count = 0; count < 100; count++) {
    const line = await lines.next();
    if (line === '') break;
    if (!/^date:/i.test(line)) continue;
    const at = Date.parse(line.slice('date:'.length));
    if (!Number.isNaN(at)) return { status: Number(status), clockAt: at };
  }
  return { status: Number(status) };
}

/** Greets, and asks for STARTTLS where the connection has to be encrypted. */
async function greetSmtp(socket: Socket, name: string, startTls: boolean, signal: AbortSignal): Promise<string> {
  const lines = new LineReader(socket, signal);
  const reply = async (): Promise<readonly string[]> => {
    const all: string[] = [];
    for (let count = 0; count < 100; count++) {
      const line = await lines.next();
      all.push(line);
      if (/^\d{3}(?: |$)/.test(line)) break;
    }
    return all;
  };
  const expectReply = async (code: string): Promise<readonly string[]> => {
    const all = await reply();
    if (all.at(-1)?.startsWith(code) !== true) throw new Error(`it answered ${all.at(-1)?.slice(0, 200)}`);
    return all;
  };
  await expectReply('220');
  socket.write(`EHLO ${name}\r\n`);
  const offered = await expectReply('250');
  if (startTls) {
    if (!offered.some((line) => /^250[ -]STARTTLS\b/i.test(line))) throw new Error('it does not offer STARTTLS');
    socket.write('STARTTLS\r\n');
    await expectReply('220');
    lines.release();
    return 'greets, offers STARTTLS';
  }
  socket.write('QUIT\r\n');
  return 'greets';
}
