/** A client of the stream, and an intake to try it on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { RawRequest } from '../../../src/base/request.ts';
import { encodeNotify } from '../../../src/decode/dlist/encode.ts';
import { type DlistIntake, type DlistIntakeOptions, openDlistIntake } from '../../../src/intake/dlist/dlist-stream.ts';
import { taking } from '../../support/taking.ts';

export const notify = (message: string): Buffer =>
  encodeNotify({ method: '', class: 'EVENT', priority: '', user: '', mailbox: '', options: [], message });

/** In a directory that is removed when the test is over. */
export function newPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bf-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'd');
}

export const defaults: Omit<DlistIntakeOptions, 'path'> = {
  ...{ mode: 0o600, log: pino({ level: 'silent' }), maxBytes: 1024 * 1024, maxHeldBytes: 4 * 1024 * 1024 },
  ...{ maxConnections: 2000, requestTimeoutMs: 10_000, idleTimeoutMs: 10_000 },
};

export interface Trial {
  readonly intake: DlistIntake;
  readonly path: string;
  /** What was accepted. */
  readonly got: string[];
  /** What is logged. */
  readonly said: unknown[];
  readonly running: Promise<void>;
  stop(): Promise<void>;
}

export type Accept = (requests: readonly RawRequest[]) => Promise<void>;

/** An intake that runs until the test is over. */
export async function trial(options: Partial<DlistIntakeOptions> = {}, accept?: Accept): Promise<Trial> {
  const said: unknown[] = [];
  const log = pino({}, { write: (line: string) => said.push(JSON.parse(line)) });
  const path = options.path ?? newPath();
  const intake = await openDlistIntake({ ...defaults, log, path, ...options });
  const got: string[] = [];
  const stopping = new AbortController();
  const keep: Accept = async (requests) => {
    await accept?.(requests);
    got.push(...requests.map(({ bytes }) => Buffer.from(bytes).toString('latin1')));
  };
  const running = intake.run(taking(keep), stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
    await intake.close();
  };
  onTestFinished(stop);
  return { intake, path, got, said, running, stop };
}

export interface Client {
  readonly socket: Socket;
  write(bytes: Uint8Array | string): Promise<void>;
  /** The next line that the intake says, without the id in an OK; undefined when it has hung up. */
  line(): Promise<string | undefined>;
}

/** A connection, which the test ends. */
export function connectTo(path: string): Client {
  const socket = createConnection({ path, allowHalfOpen: true });
  let text = '';
  let over = false;
  let wake = (): void => {};
  socket.setEncoding('latin1');
  socket.on('data', (more: string) => {
    text += more;
    wake();
  });
  for (const event of ['end', 'close', 'error'])
    socket.on(event, () => {
      over = true;
      wake();
    });
  onTestFinished(() => {
    socket.destroy();
  });
  return {
    socket,
    write: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    async line() {
      for (;;) {
        const end = text.indexOf('\r\n');
        if (end >= 0) {
          const line = text.slice(0, end);
          text = text.slice(end + 2);
          return line.replace(/^OK %\(ID id\d+\)$/, 'OK %()');
        }
        if (over) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Sends one request over a connection of its own, as Cyrus does; answers what it hears. */
export async function tell(path: string, bytes: Uint8Array | string): Promise<string | undefined> {
  const client = connectTo(path);
  await client.write(bytes);
  const line = await client.line();
  client.socket.destroy();
  return line;
}
