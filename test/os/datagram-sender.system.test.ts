import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { openDatagramSocket } from '../../src/os/unix-datagram.ts';
import { until } from '../support/until.ts';
import { closeAfterEach, leaveStaleFile, scratchDirectory, startChild } from './scratch.ts';

const directory = scratchDirectory();
const closing = closeAfterEach();
let count = 0;

function newPath(): string {
  count += 1;
  return join(directory, `s${count}`);
}

describe('openDatagramSender', () => {
  it('says that nobody is there, and asks whether belfry runs', async () => {
    const stale = newPath();
    leaveStaleFile(stale);
    const file = newPath();
    writeFileSync(file, '');
    for (const path of [newPath(), stale, file, join(newPath(), 'x'), '@belfry-test-absent']) {
      expect(() => openDatagramSender(path)).toThrow(
        expect.objectContaining({
          code: 'SOCKET_ABSENT',
          exitStatus: 69,
          message: expect.stringContaining('belfry'),
        }),
      );
    }
  });

  it('says that a stream socket is none for datagrams', async () => {
    const path = newPath();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(() => openDatagramSender(path)).toThrow(
      expect.objectContaining({ code: 'SOCKET_ABSENT', message: expect.stringContaining('datagram socket') }),
    );
    await new Promise((resolve) => server.close(resolve));
  });

  it('refuses names that are none', () => {
    for (const path of ['', '@', 'x'.repeat(108)]) {
      expect(() => openDatagramSender(path)).toThrow(expect.objectContaining({ code: 'SOCKET_PATH' }));
    }
  });
});

describe('send', () => {
  it('waits for room without stopping the process, and loses nothing', async () => {
    const path = newPath();
    const socket = closing(openDatagramSocket({ path }));
    const sender = closing(openDatagramSender(path));
    const total = 2000;
    let sent = 0;
    const sending = (async () => {
      for (; sent < total; sent += 1) await sender.send(Buffer.from(String(sent)));
    })();
    await until(() => sent > 0);
    // The queue is full by now, and this turn of the loop happens all the same.
    const full = sent;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBe(full);
    expect(full).toBeLessThan(total);
    const got: string[] = [];
    while (got.length < total) {
      for (const { bytes } of socket.receive(7)) got.push(Buffer.from(bytes).toString());
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sending;
    expect(got).toEqual(Array.from({ length: total }, (_, number) => String(number)));
  });

  it('stops waiting when the signal aborts', async () => {
    const path = newPath();
    closing(openDatagramSocket({ path }));
    const sender = closing(openDatagramSender(path));
    const stop = new AbortController();
    let sent = 0;
    const sending = (async () => {
      for (;;) {
        await sender.send(Buffer.from('x'), stop.signal);
        sent += 1;
      }
    })();
    const ended = expect(sending).rejects.toThrow('enough');
    await until(() => sent > 0);
    stop.abort(new Error('enough'));
    await ended;
  });

  it('says that the receiver went away, even while it waits', async () => {
    const path = newPath();
    const receiver = startChild('contender.main.ts', []);
    expect(await receiver.line()).toBe('up');
    receiver.process.stdin?.write(`${path} 0\n`);
    expect(await receiver.line()).toBe('open');
    const sender = closing(openDatagramSender(path));
    let sent = 0;
    const sending = (async () => {
      for (;;) {
        await sender.send(Buffer.from('x'));
        sent += 1;
      }
    })();
    const ended = expect(sending).rejects.toMatchObject({ code: 'SOCKET_ABSENT' });
    await until(() => sent > 0);
    receiver.process.kill('SIGKILL');
    await ended;
    await receiver.ended;
  });

  it('says how long a datagram can be', async () => {
    const path = newPath();
    closing(openDatagramSocket({ path }));
    const sender = closing(openDatagramSender(path));
    const most = Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8')) - 32;
    await sender.send(Buffer.alloc(most));
    await expect(sender.send(Buffer.alloc(most + 1))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(new RegExp(`^${most + 1} .* ${most} .*net\\.core\\.wmem_default`)),
    });
  });

  it('says that it is closed', async () => {
    const path = newPath();
    closing(openDatagramSocket({ path }));
    const sender = openDatagramSender(path);
    sender.close();
    sender.close();
    await expect(sender.send(Buffer.from('x'))).rejects.toMatchObject({ code: 'SOCKET_IO' });
  });

  it('says that the file may not be written', async () => {
    const folder = newPath();
    mkdirSync(folder);
    const path = join(folder, 'notify');
    closing(openDatagramSocket({ path, mode: 0o000 }));
    // Root may write everywhere.
    if (process.getuid?.() === 0) return;
    expect(() => openDatagramSender(path)).toThrow(expect.objectContaining({ code: 'SOCKET_PERMISSION' }));
  });
});
