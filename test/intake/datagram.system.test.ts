import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import { type DatagramIntakeOptions, openDatagramIntake } from '../../src/intake/datagram.ts';
import type { Intake } from '../../src/intake/intake.ts';
import { type DatagramSender, openDatagramSender } from '../../src/os/datagram-sender.ts';
import { bind, datagramSocket, SHUT_RDWR, shutdown } from '../../src/os/libc.ts';
import { socketAddress } from '../../src/os/socket-address.ts';
import { DatagramSocket } from '../../src/os/unix-datagram.ts';
import { intakeContract } from '../contract/intake.ts';
import { closeAfterEach, leaveStaleFile, scratchDirectory, startChild } from '../os/scratch.ts';
import { taking } from '../support/taking.ts';
import { until } from '../support/until.ts';

const directory = scratchDirectory();
const closing = closeAfterEach();
const silent = pino({ enabled: false });
let count = 0;

function newPath(): string {
  count += 1;
  return join(directory, `s${count}`);
}

for (const [what, address, ownThread] of [
  ['datagram', join(directory, 'contract'), false],
  ['lingering datagram', join(directory, 'lingering'), true],
  ['abstract datagram', `@belfry-test-${process.pid}-contract`, false],
] as const) {
  intakeContract(what, async () => {
    const intake = openDatagramIntake({ address, log: silent, ownThread });
    const sender = openDatagramSender(address);
    return {
      intake,
      request: (number) => Buffer.from(`\0EVENT\0\0\0\0${'0'}\0{"event":"Login","n":${number}}\0`),
      send: (bytes) => sender.send(bytes),
      dispose: async () => sender.close(),
    };
  });
}

interface Running {
  readonly intake: Intake;
  readonly sender: DatagramSender;
  readonly path: string;
  /** Lines that were logged. */
  readonly lines: Record<string, unknown>[];
  readonly running: Promise<void>;
  /** Stops it and waits. */
  finish(): Promise<void>;
}

function start(
  accept: (requests: readonly RawRequest[]) => Promise<void>,
  options: Partial<DatagramIntakeOptions> = {},
): Running {
  const path = newPath();
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const intake = closing(openDatagramIntake({ address: path, log, ...options }));
  const sender = closing(openDatagramSender(path));
  const stop = new AbortController();
  const running = intake.run(taking(accept), stop.signal);
  const finish = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { intake, sender, path, lines, running, finish };
}

describe('the datagram intake', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('gives the file its mode, replaces a stale one, and removes it at the end', async () => {
    const address = newPath();
    leaveStaleFile(address);
    const intake = openDatagramIntake({ address, mode: 0o640, log: silent });
    expect(lstatSync(address).mode & 0o777).toBe(0o640);
    await intake.close();
    expect(existsSync(address)).toBe(false);
  });

  it('loses none of 10,000 datagrams and keeps their order', async () => {
    const got: number[] = [];
    const { sender, finish } = start(async (requests) => {
      for (const { bytes } of requests) got.push(Number(Buffer.from(bytes)));
    });
    for (let number = 0; number < 10_000; number += 1) await sender.send(Buffer.from(String(number)));
    await finish();
    expect(got).toEqual(Array.from({ length: 10_000 }, (_, number) => number));
  });

  it('keeps the order of each of several senders, and loses none', async () => {
    const got = new Map<string, number[]>();
    const { path, finish } = start(async (requests) => {
      for (const { bytes } of requests) {
        const [name = '', number] = Buffer.from(bytes).toString().split(' ');
        got.set(name, [...(got.get(name) ?? []), Number(number)]);
      }
    });
    const senders = ['a', 'b', 'c'].map((name) => startChild('../intake/flood.main.ts', [path, name, '2000']));
    for (const { ended } of senders) expect(await ended).toBe(0);
    await finish();
    const all = Array.from({ length: 2000 }, (_, number) => number);
    expect([...got.values()]).toEqual([all, all, all]);
  });

  it('leaves the event loop to others while it is flooded', async () => {
    let stopped = false;
    const { sender, finish } = start(async () => {});
    const flood = (async () => {
      while (!stopped) await sender.send(Buffer.from('x'));
    })();
    // By time: that timers of others come to their turn is what is tried.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    stopped = true;
    await flood;
    await finish();
  });

  it('stops reading at its bound, and goes on when there is room', async () => {
    let release: (() => void) | undefined;
    const got: RawRequest[] = [];
    const { sender, finish } = start(
      async (requests) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        got.push(...requests);
      },
      { maxPendingBytes: 100_000 },
    );
    let sent = 0;
    const sending = (async () => {
      for (; sent < 1000; sent += 1) await sender.send(Buffer.alloc(1000));
    })();
    await until(() => sent > 90);
    let before = -1;
    while (sent !== before) {
      before = sent;
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    // What is held, what one turn may add, and what the kernel's queue holds: far from all.
    expect(sent).toBeLessThan(1000);
    const releasing = setInterval(() => release?.(), 1);
    await sending;
    await finish();
    clearInterval(releasing);
    expect(got).toHaveLength(1000);
  });

  it('is stopped while it waits for room, and passes on all that was accepted', async () => {
    let release: (() => void) | undefined;
    const got: RawRequest[] = [];
    const { sender, finish } = start(
      async (requests) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        got.push(...requests);
      },
      { maxPendingBytes: 10_000 },
    );
    let sent = 0;
    const sending = (async () => {
      for (;;) {
        await sender.send(Buffer.alloc(1000));
        sent += 1;
      }
    })();
    const refused = expect(sending).rejects.toMatchObject({ code: 'SOCKET_ABSENT' });
    await until(() => sent > 10);
    const releasing = setInterval(() => release?.(), 1);
    await finish();
    clearInterval(releasing);
    await refused;
    expect(got).toHaveLength(sent);
  });

  it('ends when it is closed while it waits for room', async () => {
    let release: (() => void) | undefined;
    const { intake, sender, running } = start(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
      { maxPendingBytes: 1 },
    );
    await sender.send(Buffer.from('x'));
    await until(() => release !== undefined);
    await intake.close();
    release?.();
    await running;
    expect(intake.counts().received).toBe(1);
  });

  it('marks, counts and logs a datagram that is too long', async () => {
    // Longer than any sender with ordinary buffers can make it, so the receiver's side is what is shortened here.
    const bytes = Buffer.from('beginning');
    const receive = vi.spyOn(DatagramSocket.prototype, 'receive');
    receive.mockReturnValueOnce([{ bytes, truncatedFrom: 300_000 }, { bytes }, { bytes, truncatedFrom: 300_001 }]);
    const got: RawRequest[] = [];
    const { intake, lines, finish } = start(async (requests) => {
      got.push(...requests);
    });
    await until(() => got.length === 3);
    await finish();
    expect(got).toEqual([
      { format: 'datagram', bytes, truncatedFrom: 300_000 },
      { format: 'datagram', bytes },
      { format: 'datagram', bytes, truncatedFrom: 300_001 },
    ]);
    expect(intake.counts()).toEqual({ received: 3, truncated: 2, lost: 0 });
    expect(lines).toMatchObject([{ level: 40, sent: 300_000, kept: 9, suppressed: 0 }]);
  });

  it('logs losses at a limited rate, and leaves none out of the count', async () => {
    let now = 0;
    const { intake, sender, lines, finish } = start(
      async () => {
        throw new Error('no space left');
      },
      { now: () => now },
    );
    let sent = 0;
    const lose = async (): Promise<void> => {
      await sender.send(Buffer.from('x'));
      sent += 1;
      await until(() => intake.counts().lost === sent);
    };
    for (let round = 0; round < 5; round += 1) await lose();
    expect(lines).toMatchObject([{ level: 50, lost: 1, reason: 'no space left' }]);
    now += 9_999;
    await lose();
    expect(lines).toHaveLength(1);
    now += 1;
    await lose();
    await lose();
    await finish();
    expect(lines.map(({ lost }) => lost)).toEqual([1, 6, 1]);
    expect(intake.counts()).toEqual({ received: 0, truncated: 0, lost: 8 });
  });

  it('goes on after the socket could not be read', async () => {
    const receive = vi.spyOn(DatagramSocket.prototype, 'receive');
    for (const reason of ['Cannot allocate memory (ENOMEM)', 'Too many open files in system (ENFILE)']) {
      receive.mockImplementationOnce(() => {
        throw new Error(reason);
      });
    }
    const got: RawRequest[] = [];
    const { sender, lines, finish } = start(async (requests) => {
      got.push(...requests);
    });
    await sender.send(Buffer.from('still there'));
    await until(() => got.length === 1);
    await finish();
    expect(lines).toMatchObject([{ level: 50, reason: 'Cannot allocate memory (ENOMEM)' }]);
  });

  it('is stopped while the socket cannot be read', async () => {
    vi.spyOn(DatagramSocket.prototype, 'receive').mockImplementation(() => {
      throw new Error('Cannot allocate memory (ENOMEM)');
    });
    const { lines, finish } = start(async () => {});
    await until(() => lines.length === 1);
    await finish();
  });

  it('runs once', async () => {
    const { intake, finish } = start(async () => {});
    await expect(
      intake.run(
        taking(async () => {}),
        new AbortController().signal,
      ),
    ).rejects.toThrow('runs once');
    await finish();
  });
});

describe('an inherited socket', () => {
  function bound(path: string): number {
    const fd = datagramSocket();
    const { bytes } = socketAddress(path);
    expect(bind(fd, bytes, bytes.length)).toBe(0);
    return fd;
  }

  it('is refused to nobody and keeps its file when it is to stop, and what waits is taken', async () => {
    const path = newPath();
    const intake = closing(openDatagramIntake({ address: '', log: silent, descriptor: bound(path) }));
    expect(intake.address).toBe(path);
    const sender = closing(openDatagramSender(path));
    await sender.send(Buffer.from('waits'));
    const got: string[] = [];
    const stopped = AbortSignal.abort();
    const accept = taking(async (requests) => void got.push(...requests.map(({ bytes }) => `${bytes}`)));
    await intake.run(accept, stopped);
    await sender.send(Buffer.from('for the next one'));
    await intake.close();
    expect(got).toEqual(['waits']);
    expect(existsSync(path)).toBe(true);
  });

  it('is left to its next owner by one that is to stop, however much is sent', async () => {
    const path = newPath();
    const intake = closing(openDatagramIntake({ address: '', log: silent, descriptor: bound(path), batch: 1 }));
    const sender = closing(openDatagramSender(path));
    let received = 0;
    await sender.send(Buffer.from('one'));
    // Each that is read makes room for another, so that there is never an end of them.
    const accept = async (requests: readonly RawRequest[]): Promise<void> => {
      received += requests.length;
      for (const _ of requests) await sender.send(Buffer.from('another'));
    };
    await intake.run(taking(accept), AbortSignal.abort());
    expect(received).toBeGreaterThan(0);
    expect(intake.counts().received).toBe(received);
    await intake.close();
  });

  it('ends the run when it is shut down, after what waited, as Cyrus master does with a service that is taken out', async () => {
    const path = newPath();
    const descriptor = bound(path);
    const intake = closing(openDatagramIntake({ address: '', log: silent, descriptor }));
    const sender = closing(openDatagramSender(path));
    for (const text of ['one', 'two']) await sender.send(Buffer.from(text));
    const got: string[] = [];
    const accept = async (requests: readonly RawRequest[]): Promise<void> => {
      got.push(...requests.map(({ bytes }) => `${Buffer.from(bytes)}`));
    };
    const running = intake.run(taking(accept), new AbortController().signal);
    await until(() => got.length === 2);
    await sender.send(Buffer.from('three'));
    shutdown(descriptor, SHUT_RDWR);
    await running;
    expect(got).toEqual(['one', 'two', 'three']);
    expect(intake.counts()).toEqual({ received: 3, truncated: 0, lost: 0 });
  });
});
