import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { bind, close, datagramSocket } from '../../src/os/libc.ts';
import { socketAddress } from '../../src/os/socket-address.ts';
import {
  adoptDatagramSocket,
  type Datagram,
  type DatagramSocket,
  openDatagramSocket,
} from '../../src/os/unix-datagram.ts';
import { isLong, tries } from '../support/long.ts';
import { until } from '../support/until.ts';
import { closeAfterEach, openDescriptors, scratchDirectory, startChild } from './scratch.ts';

const directory = scratchDirectory();
const closing = closeAfterEach();
const never = new AbortController().signal;
let count = 0;

function newPath(): string {
  count += 1;
  return join(directory, `s${count}`);
}

function pair(maxDatagramBytes?: number): { socket: DatagramSocket; send(bytes: Uint8Array | string): Promise<void> } {
  const path = newPath();
  const socket = closing(openDatagramSocket({ path, ...(maxDatagramBytes === undefined ? {} : { maxDatagramBytes }) }));
  const sender = closing(openDatagramSender(path));
  return { socket, send: (bytes) => sender.send(Buffer.from(bytes)) };
}

const texts = (datagrams: readonly Datagram[]): string[] => datagrams.map(({ bytes }) => Buffer.from(bytes).toString());

describe('receive', () => {
  it('answers nothing when nothing waits', () => {
    expect(pair().socket.receive(10)).toEqual([]);
  });

  it('answers what waits, oldest first, and no more than it is asked for', async () => {
    const { socket, send } = pair();
    for (const text of ['one', 'two', 'three', 'four']) await send(text);
    expect(texts(socket.receive(3))).toEqual(['one', 'two', 'three']);
    expect(texts(socket.receive(3))).toEqual(['four']);
    expect(socket.receive(3)).toEqual([]);
  });

  it('keeps empty and one-byte datagrams apart', async () => {
    const { socket, send } = pair();
    for (const text of ['', 'a', '', 'b']) await send(text);
    expect(texts(socket.receive(10))).toEqual(['', 'a', '', 'b']);
  });

  it.each([4095, 4096, 4097, 65_535, 65_536, 65_537])('takes a datagram of %i bytes whole', async (size) => {
    const { socket, send } = pair();
    const sent = Buffer.alloc(size, 'belfry ');
    await send(sent);
    const [got] = socket.receive(1);
    expect(got).not.toHaveProperty('truncatedFrom');
    expect(sent.equals(got?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it("takes whole the longest datagram that a sender with the system's buffers can send", async () => {
    const size = Math.min(Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8')) - 32, 256 * 1024);
    const { socket, send } = pair();
    await send(Buffer.alloc(size, 1));
    const [got] = socket.receive(1);
    expect(got).not.toHaveProperty('truncatedFrom');
    expect(Buffer.alloc(size, 1).equals(got?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  it.each([
    [999, undefined],
    [1000, undefined],
    [1001, 1001],
    [70_000, 70_000],
  ])('notices that %i bytes do not fit into 1000, and says how many were sent', async (size, truncatedFrom) => {
    const { socket, send } = pair(1000);
    await send(Buffer.alloc(size, 7));
    await send('next');
    const [got, next] = socket.receive(2);
    expect(got?.truncatedFrom).toBe(truncatedFrom);
    expect(Buffer.from(got?.bytes ?? []).equals(Buffer.alloc(Math.min(size, 1000), 7))).toBe(true);
    expect(next).toEqual({ bytes: Buffer.from('next') });
  });

  it('gives bytes that later datagrams do not overwrite', async () => {
    const { socket, send } = pair();
    await send('first');
    const first = socket.receive(1);
    await send('other');
    socket.receive(1);
    expect(texts(first)).toEqual(['first']);
  });

  it('comes back after some megabytes even if more waits', async () => {
    const { socket, send } = pair();
    const size = 200_000;
    const sending = (async () => {
      for (let sent = 0; sent < 40; sent += 1) await send(Buffer.alloc(size));
    })();
    let got = 0;
    let largest = 0;
    while (got < 40) {
      const { length } = socket.receive(1000);
      got += length;
      largest = Math.max(largest, length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sending;
    expect(largest * size).toBeLessThan(4 * 1024 * 1024 + 2 * size);
  });

  it('passes on any bytes as they were sent', async () => {
    const { socket, send } = pair();
    const datagrams = fc.array(fc.uint8Array({ maxLength: 5000, size: 'max' }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(datagrams, async (sent) => {
        for (const bytes of sent) await send(bytes);
        const got = socket.receive(100).map(({ bytes }) => Buffer.from(bytes).toString('hex'));
        expect(got).toEqual(sent.map((bytes) => Buffer.from(bytes).toString('hex')));
      }),
      { numRuns: tries(200) },
    );
  });

  it('says so when the socket is closed', () => {
    const { socket } = pair();
    socket.close();
    expect(() => socket.receive(1)).toThrow(expect.objectContaining({ code: 'SOCKET_IO' }));
  });
});

describe('queued', () => {
  it('counts what waits, of any length, and takes nothing', async () => {
    const { socket, send } = pair(64);
    expect(socket.queued()).toBe(0);
    for (const text of ['one', 'x'.repeat(200), 'two', 'x'.repeat(64)]) await send(text);
    expect([socket.queued(), socket.queued()]).toEqual([4, 4]);
    expect(texts(socket.receive(1))).toEqual(['one']);
    expect(socket.queued()).toBe(3);
    expect(socket.receive(10).map(({ bytes, truncatedFrom }) => truncatedFrom ?? bytes.length)).toEqual([200, 3, 64]);
    expect(socket.queued()).toBe(0);
    socket.close();
    expect(socket.queued()).toBeUndefined();
  });

  it('leaves alone what is peeked at', async () => {
    const { socket, send } = pair();
    for (const text of ['one', 'two', 'three']) await send(text);
    const peeked = socket.peek(2);
    expect(socket.queued()).toBe(3);
    socket.take(peeked);
    expect([socket.queued(), texts(socket.peek(5))]).toEqual([1, ['three']]);
  });
});

describe('ready', () => {
  it('resolves when something comes, and at once while something is left', async () => {
    const { socket, send } = pair();
    for (let round = 0; round < 50; round += 1) {
      const ready = socket.ready(never);
      await send('a');
      await send('b');
      await ready;
      expect(texts(socket.receive(1))).toEqual(['a']);
      await socket.ready(never);
      expect(texts(socket.receive(1))).toEqual(['b']);
    }
  });

  it('sleeps while nothing comes', async () => {
    const { socket, send } = pair();
    let awake = false;
    const ready = socket.ready(never).then(() => {
      awake = true;
    });
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(awake).toBe(false);
    await send('x');
    await ready;
  });

  it('resolves when the signal aborts, before or meanwhile, and can be called again', async () => {
    const { socket, send } = pair();
    await socket.ready(AbortSignal.abort());
    const stop = new AbortController();
    const ready = socket.ready(stop.signal);
    stop.abort();
    await ready;
    await send('x');
    await socket.ready(never);
    expect(socket.receive(10)).toHaveLength(1);
  });

  it('resolves when the socket is closed, before or meanwhile', async () => {
    const { socket } = pair();
    const ready = socket.ready(never);
    socket.close();
    await ready;
    await socket.ready(never);
  });

  it('serves one at a time', async () => {
    const { socket } = pair();
    const stop = new AbortController();
    const ready = socket.ready(stop.signal);
    expect(() => socket.ready(never)).toThrow('somebody waits');
    stop.abort();
    await ready;
  });
});

describe('a process whose thread sleeps in ready', () => {
  it.concurrent.each([
    ['exit', 41],
    ['throw', 1],
    ['abort', 42],
    ['close', 42],
    ['worker-exit', 42],
    ['worker-throw', 42],
    ['worker-terminated', 42],
    ['worker-outlived', 41],
  ])('ends by %s', async (how, status) => {
    const child = startChild('sleeper.main.ts', [newPath(), how]);
    expect(await child.ended).toBe(status);
  });
});

describe('lingering', () => {
  it('reads one that comes after a while alone, what came with it next, and all that is left in the end', async () => {
    const path = newPath();
    const socket = closing(openDatagramSocket({ path, lingerMs: 100 }));
    const sender = closing(openDatagramSender(path));
    for (const text of ['1', '2', '3']) await sender.send(Buffer.from(text));
    expect(texts(socket.receive(10))).toEqual(['1']);
    expect(socket.isDrained).toBe(true);
    await socket.ready(never);
    const rest = texts(socket.receive(10));
    while (rest.length < 2) rest.push(...texts(socket.receive(10)));
    expect(rest).toEqual(['2', '3']);
    for (const text of ['4', '5', '6']) await sender.send(Buffer.from(text));
    socket.seal();
    // By time: they are read after a while.
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(texts(socket.receive(10))).toEqual(['4', '5', '6']);
  });

  it('reads on while datagrams follow each other, in order, but not for ever', async () => {
    const path = newPath();
    const socket = closing(openDatagramSocket({ path, lingerMs: 100 }));
    const flooder = startChild('flooder.main.ts', [path]);
    await socket.ready(never);
    const numbers: number[] = [];
    let most = 0;
    while (numbers.length < 2000) {
      const some = texts(socket.receive(1_000_000));
      most = Math.max(most, some.length);
      numbers.push(...some.map(Number));
      await new Promise((resolve) => setImmediate(resolve));
    }
    flooder.process.kill();
    await flooder.ended;
    expect(numbers).toEqual(numbers.map((_, i) => i));
    // More than the kernel holds for a socket were read by one call.
    expect(most).toBeGreaterThan(Number(readFileSync('/proc/sys/net/unix/max_dgram_qlen', 'utf8')) + 1);
  });
});

describe('seal', () => {
  it.each(['a path', 'an abstract name'])(
    'refuses what is sent to %s from then on, and keeps what was sent',
    async (what) => {
      const path = what === 'a path' ? newPath() : `@belfry-test-${process.pid}-seal`;
      const socket = closing(openDatagramSocket({ path }));
      const sender = closing(openDatagramSender(path));
      for (const text of ['one', 'two']) await sender.send(Buffer.from(text));
      expect(socket.seal()).toBe(true);
      await expect(sender.send(Buffer.from('late'))).rejects.toMatchObject({ code: 'SOCKET_ABSENT' });
      if (what === 'a path')
        expect(() => openDatagramSender(path)).toThrow(expect.objectContaining({ code: 'SOCKET_ABSENT' }));
      expect(texts(socket.receive(10))).toEqual(['one', 'two']);
      expect(socket.receive(10)).toEqual([]);
      expect(socket.seal()).toBe(true);
    },
  );

  it('wakes who waits for room in the queue', async () => {
    const { socket, send } = pair();
    let sent = 0;
    const sending = (async () => {
      for (;;) {
        await send('x');
        sent += 1;
      }
    })();
    const ended = expect(sending).rejects.toMatchObject({ code: 'SOCKET_ABSENT' });
    await until(() => sent > 0);
    socket.seal();
    let got = 0;
    for (let more = socket.receive(100); more.length > 0; more = socket.receive(100)) got += more.length;
    await ended;
    expect(got).toBe(sent);
  });

  it('leaves the name to a successor, who is not disturbed by the close', async () => {
    const path = newPath();
    const old = closing(openDatagramSocket({ path }));
    old.seal();
    const successor = closing(openDatagramSocket({ path }));
    old.close();
    const sender = closing(openDatagramSender(path));
    await sender.send(Buffer.from('to the successor'));
    expect(texts(successor.receive(10))).toEqual(['to the successor']);
  });

  it('answers false once the socket is closed', () => {
    const { socket } = pair();
    socket.close();
    expect(socket.seal()).toBe(false);
  });
});

describe('an adopted socket', () => {
  it('receives, is not refused to anybody, and stays for the next owner', async () => {
    const path = newPath();
    // What systemd and Cyrus master(8) do: bind, and hand the descriptor on.
    const fd = datagramSocket();
    const { bytes } = socketAddress(path);
    expect(bind(fd, bytes, bytes.length)).toBe(0);
    try {
      const sender = closing(openDatagramSender(path));
      for (const text of ['one', 'two', 'three']) await sender.send(Buffer.from(text));
      const first = startChild('inheritor.main.ts', ['2'], { stdio: ['ignore', 'pipe', 'inherit', fd] });
      expect([await first.line(), await first.line(), await first.line()]).toEqual([path, 'one', 'two']);
      expect(await first.line()).toBe('false');
      expect(await first.ended).toBe(0);
      await sender.send(Buffer.from('four'));
      const second = startChild('inheritor.main.ts', ['2'], { stdio: ['ignore', 'pipe', 'inherit', fd] });
      expect([await second.line(), await second.line(), await second.line()]).toEqual([path, 'three', 'four']);
      expect(await second.ended).toBe(0);
    } finally {
      close(fd);
    }
  });

  it('must be a Unix datagram socket', () => {
    for (const fd of [0, 9999]) {
      expect(() => adoptDatagramSocket(fd)).toThrow(expect.objectContaining({ code: 'SOCKET_CREATE' }));
    }
  });
});

describe('descriptors', () => {
  it('are given back, however often', async () => {
    const path = newPath();
    const use = async (): Promise<void> => {
      const socket = openDatagramSocket({ path });
      const sender = openDatagramSender(path);
      const ready = socket.ready(never);
      await sender.send(Buffer.from('x'));
      await ready;
      sender.close();
      socket.close();
      socket.close();
    };
    await use();
    const before = openDescriptors();
    for (let round = 0; round < (isLong ? 1000 : 200); round += 1) await use();
    expect(openDescriptors()).toBeLessThan(before + 50);
  });

  it('are given back when opening fails', () => {
    const target = newPath();
    symlinkSync('/nowhere', target);
    const before = openDescriptors();
    for (let round = 0; round < 100; round += 1) expect(() => openDatagramSocket({ path: target })).toThrow();
    expect(openDescriptors()).toBeLessThan(before + 50);
    rmSync(target);
  });
});
