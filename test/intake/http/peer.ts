/** An intake over HTTP to be tested, on a Unix socket, with a route that takes any body, and clients for it. */
import { connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { RawRequest } from '../../../src/base/request.ts';
import { type HttpIntake, type HttpIntakeOptions, openHttpIntake } from '../../../src/intake/http/http-intake.ts';
import type { Route } from '../../../src/intake/http/route.ts';
import { taking } from '../../support/taking.ts';

/** Takes whatever is sent, as it came. */
export const anything: Route = {
  methods: ['POST', 'PUT'],
  paths: ['/any'],
  read: (bytes) => ({ requests: bytes.length === 0 ? [] : [{ format: 'event', bytes }] }),
};

export const service = { authentication: {}, maxBodyBytes: 1024 * 1024, maxConnections: 100 };

export interface Running {
  readonly intake: HttpIntake;
  /** What was accepted, as text. */
  readonly got: string[];
  /** Lines that were logged. */
  readonly lines: Record<string, unknown>[];
  readonly running: Promise<void>;
  /** Stops it and waits. */
  finish(): Promise<void>;
}

type Accept = (requests: readonly RawRequest[]) => Promise<void>;

/** Opens and runs an intake on a free port, or where `options` say. It is closed when the test is over. */
export async function start(options: Partial<HttpIntakeOptions> = {}, accept?: Accept): Promise<Running> {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const place = { host: '127.0.0.1', port: 0 };
  const intake = await openHttpIntake({
    ...place,
    ...service,
    routes: [anything],
    log,
    ...options,
  } as HttpIntakeOptions);
  const got: string[] = [];
  const stop = new AbortController();
  const take = async (requests: readonly RawRequest[]): Promise<void> => {
    await accept?.(requests);
    got.push(...requests.map(({ bytes }) => Buffer.from(bytes).toString()));
  };
  const running = intake.run(taking(take), stop.signal);
  const finish = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  onTestFinished(async () => {
    await intake.close();
    await running;
  });
  return { intake, got, lines, running, finish };
}

/** A connection on which a test writes what it likes, byte for byte, and reads what comes. */
export class RawClient {
  readonly socket: Socket;
  /** All that has come. */
  text = '';
  readonly closed: Promise<void>;

  constructor(address: string) {
    const url = new URL(address);
    this.socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) });
    this.socket.on('error', () => {});
    this.socket.setEncoding('latin1').on('data', (text: string) => {
      this.text += text;
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    onTestFinished(() => {
      this.socket.destroy();
    });
  }

  /** Resolves when the kernel has it. */
  write(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(text, 'latin1', () => resolve());
    });
  }

  /** How many answers of this status have begun. */
  answers(status: number): number {
    return this.text.split(`HTTP/1.1 ${status} `).length - 1;
  }
}
