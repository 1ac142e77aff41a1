import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RawRequest, StoredRun } from '../../src/base/request.ts';
import { openDatagramIntake } from '../../src/intake/datagram.ts';
import { runMarks } from '../../src/intake/stored-first.ts';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { bind, close, datagramSocket, F_DUPFD_CLOEXEC, fcntl } from '../../src/os/libc.ts';
import { socketAddress } from '../../src/os/socket-address.ts';
import { adoptDatagramSocket } from '../../src/os/unix-datagram.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { until } from '../support/until.ts';

const directory = scratchDirectory();
const log = pino({ enabled: false });
let count = 0;

/** A socket that outlives who reads it, and a spool that remembers what one life stores. */
class Held {
  readonly path: string;
  readonly #fd: number;
  readonly #sender: ReturnType<typeof openDatagramSender>;
  readonly stored: string[] = [];
  lastRun: Uint8Array | undefined;

  constructor() {
    count += 1;
    this.path = join(directory, `h${count}`);
    this.#fd = datagramSocket();
    const { bytes } = socketAddress(this.path);
    expect(bind(this.#fd, bytes, bytes.length)).toBe(0);
    this.#sender = openDatagramSender(this.path);
  }

  send(text: string): Promise<void> {
    return this.#sender.send(Buffer.from(text));
  }

  /** The descriptor as the next process gets it. */
  descriptor(): number {
    return fcntl(this.#fd, F_DUPFD_CLOEXEC, 'int', 0);
  }

  /** All that waits is read, by a life that ends in an orderly way. */
  async drain(storeFirst = true): Promise<void> {
    const intake = openDatagramIntake({
      ...{ address: '', descriptor: this.descriptor(), log, storeFirst },
      lastRun: () => this.lastRun,
    });
    const accept = async (requests: readonly RawRequest[], run?: StoredRun) => {
      this.store(requests, run?.marks);
      return { idOf: String };
    };
    await intake.run(accept, AbortSignal.abort());
    await intake.close();
  }

  /** One that stores some and dies when it has taken so many of them. */
  async die(most: number, taken: number): Promise<void> {
    const socket = adoptDatagramSocket(this.descriptor());
    const peeked = socket.peek(most);
    if (peeked.length > 0) {
      this.store(peeked, runMarks(peeked));
      const others = socket.take(peeked.slice(0, taken));
      if (others.length > 0) this.store(others);
    }
    socket.close();
  }

  store(requests: readonly { readonly bytes: Uint8Array }[], marks?: Uint8Array): void {
    this.stored.push(...requests.map(({ bytes }) => `${Buffer.from(bytes)}`));
    if (marks !== undefined) this.lastRun = marks;
  }

  close(): void {
    this.#sender.close();
    close(this.#fd);
  }
}

function held(): Held {
  const one = new Held();
  onTestFinished(() => one.close());
  return one;
}

describe('datagrams that are stored before they are taken', () => {
  it('stay in the queue until they are stored, and are there for the next process when this one dies before', async () => {
    const socket = held();
    for (const text of ['a', 'b', 'c']) await socket.send(text);
    const dying = openDatagramIntake({ address: '', descriptor: socket.descriptor(), log, storeFirst: true });
    let asked = 0;
    // The answer of a process that dies meanwhile never comes.
    void dying.run(() => {
      asked += 1;
      return new Promise(() => {});
    }, new AbortController().signal);
    await until(() => asked === 1);
    await socket.drain();
    expect(socket.stored).toEqual(['a', 'b', 'c']);
  });

  it('are known again after a crash, wherever it came, and new ones with the same bytes are not', async () => {
    for (const taken of [0, 1, 2, 3]) {
      const socket = held();
      for (const text of ['same', 'same', 'same']) await socket.send(text);
      await socket.die(10, taken);
      for (const text of ['same', 'other']) await socket.send(text);
      await socket.drain();
      expect(socket.stored).toEqual(['same', 'same', 'same', 'same', 'other']);
    }
  });

  it('are stored again where it is not known when they came', async () => {
    const socket = held();
    await socket.send('in doubt');
    const adopted = adoptDatagramSocket(socket.descriptor());
    const peeked = adopted.peek(10).map((datagram) => ({ ...datagram, stamp: 0n }));
    socket.store(peeked, runMarks(peeked));
    adopted.close();
    await socket.drain();
    expect(socket.stored).toEqual(['in doubt', 'in doubt']);
  });

  it('are seen when they are empty, also by a process after one that had seen them, and keep nobody busy', async () => {
    const socket = held();
    for (const text of ['', '', 'a', '', 'b', '']) await socket.send(text);
    await socket.die(1, 0);
    const adopted = adoptDatagramSocket(socket.descriptor());
    adopted.peek(10);
    adopted.close();
    socket.stored.length = 0;
    socket.lastRun = undefined;
    await socket.drain();
    expect(socket.stored.filter((text) => text !== '')).toEqual(['a', 'b']);
    expect(socket.stored.filter((text) => text === '')).toHaveLength(4);
    // The queue is empty.
    await socket.drain();
    expect(socket.stored).toHaveLength(6);
  });

  it('are cut when they are longer than the buffer, and those after them are whole', async () => {
    const socket = held();
    const adopted = adoptDatagramSocket(socket.descriptor(), { maxDatagramBytes: 10 });
    for (const text of ['x'.repeat(25), 'short', 'y'.repeat(11)]) await socket.send(text);
    const peeked = adopted.peek(10);
    expect(peeked.map(({ bytes, truncatedFrom }) => [`${Buffer.from(bytes)}`, truncatedFrom])).toEqual([
      ['x'.repeat(10), 25],
      ['short', undefined],
      ['y'.repeat(10), 11],
    ]);
    expect(adopted.take(peeked)).toEqual([]);
    expect(adopted.peek(10)).toEqual([]);
    adopted.close();
  });

  it('count as lost when they cannot be stored, and hold up nobody', async () => {
    const socket = held();
    const intake = openDatagramIntake({ address: '', descriptor: socket.descriptor(), log, storeFirst: true });
    const stop = new AbortController();
    const running = intake.run(async () => {
      throw new Error('the disk is full');
    }, stop.signal);
    for (let sent = 0; sent < 50; sent += 1) await socket.send('x');
    await until(() => intake.counts().lost === 50);
    stop.abort();
    await running;
    await intake.close();
  });

  it('change to the other way and back at a reload, and keep their order', async () => {
    const socket = held();
    const intake = openDatagramIntake({ address: '', descriptor: socket.descriptor(), log });
    const stop = new AbortController();
    const running = intake.run(async (requests) => {
      await new Promise((resolve) => setImmediate(resolve));
      socket.store(requests);
      return { idOf: String };
    }, stop.signal);
    const texts = Array.from({ length: 500 }, (_, number) => String(number));
    for (const [number, text] of texts.entries()) {
      if (number % 20 === 0) intake.renew({ storeFirst: number % 40 === 0 });
      await socket.send(text);
    }
    await until(() => socket.stored.length >= texts.length);
    stop.abort();
    await running;
    await intake.close();
    expect(socket.stored).toEqual(texts);
  });

  it('are stored once and in order, whatever is sent and wherever the processes die', async () => {
    const step = fc.oneof(
      fc.record({ send: fc.array(fc.constantFrom('a', 'b', 'longer'.repeat(500)), { maxLength: 4 }) }),
      fc.record({ most: fc.integer({ min: 1, max: 8 }), taken: fc.nat(8) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const socket = new Held();
        try {
          const sent: string[] = [];
          let waiting = 0;
          for (const one of steps) {
            if ('send' in one) {
              // As many as the queue holds: nobody reads while they are sent.
              for (const text of one.send.slice(0, Math.max(0, 10 - waiting))) {
                await socket.send(text);
                sent.push(text);
                waiting += 1;
              }
            } else if (socket.lastRun === undefined) await socket.die(one.most, one.taken);
            else {
              await socket.drain();
              waiting = 0;
              socket.lastRun = undefined;
            }
          }
          await socket.drain();
          expect(socket.stored).toEqual(sent);
        } finally {
          socket.close();
        }
      }),
      { numRuns: 100 },
    );
  });
});
