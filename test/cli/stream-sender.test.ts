import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sendRequests } from '../../src/cli/send-requests.ts';
import { openStreamSender } from '../../src/cli/stream-sender.ts';
import { decodeNotify } from '../../src/decode/dlist/notify.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { newPath, notify, trial } from '../intake/dlist/peer.ts';

const fixtures = join(import.meta.dirname, '../fixtures');
let printed = '';
const io = {
  out: (text: string) => {
    printed += text;
  },
  err: () => {},
};
const source = { kind: 'message', message: 'hi', request: { class: 'EVENT' } } as const;
const send = (path: string, repeat = 1) =>
  sendRequests({ socket: `dlist:${path}`, source, repeat, defaultUser: '' }, io);

beforeEach(() => {
  printed = '';
});

describe('belfry send over a stream', () => {
  it('sends as Cyrus does, and waits for each answer', async () => {
    const { path, got } = await trial();
    expect(await send(path, 3)).toMatchObject({ requests: 3 });
    const line = notify('hi').toString().replace('PRIORITY NIL', 'PRIORITY normal');
    expect(got).toEqual([line, line, line]);
    expect(printed).toBe('id1\nid2\nid3\n');
  });

  it('sends each request of a captured stream, and a captured datagram as Cyrus would have sent it there', async () => {
    const { path, got } = await trial();
    const raw = (file: string) =>
      sendRequests({ socket: `dlist:${path}`, source: { kind: 'raw', file }, repeat: 1, defaultUser: '' }, io);
    const [one, two] = ['001-Login', '023-MAIL'].map((name) => readFileSync(`${fixtures}/cyrus-dlist/${name}.bin`));
    const file = `${path}.captured`;
    writeFileSync(file, Buffer.concat([one ?? Buffer.alloc(0), two ?? Buffer.alloc(0)]));
    expect(await raw(file)).toMatchObject({ requests: 2 });
    expect(got).toEqual([one?.toString('latin1'), two?.toString('latin1')]);
    await raw(`${fixtures}/cyrus/411-SIEVE.bin`);
    const datagram = decodeFrame(readFileSync(`${fixtures}/cyrus/411-SIEVE.bin`));
    expect(decodeNotify(Buffer.from(got[2] ?? '', 'latin1'))).toEqual(datagram);
    writeFileSync(file, 'no request at all');
    await expect(raw(file)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('datagram socket'),
    });
  });

  it('tells an answer that is not OK', async () => {
    const { path } = await trial({}, async () => {
      throw new Error('the spool is full');
    });
    await expect(send(path)).rejects.toMatchObject({ code: 'BUSY', message: `${path} answered NO: the spool is full` });
  });

  it('tells a request that is too large from one that may be sent again', async () => {
    const { path } = await trial({ maxBytes: 64 * 1024 });
    const tooLong = { ...source, message: 'x'.repeat(70_000) };
    await expect(
      sendRequests({ socket: `dlist:${path}`, source: tooLong, repeat: 1, defaultUser: '' }, io),
    ).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('65536 bytes') });
  });

  it('ends when it is told to, between two requests as well', async () => {
    const stop = new AbortController();
    const { path, got } = await trial();
    const sender = openStreamSender(path);
    await sender.send(notify('one'), stop.signal);
    stop.abort(new Error('enough'));
    await expect(sender.send(notify('two'), stop.signal)).rejects.toThrow('enough');
    expect(got).toEqual([notify('one').toString()]);
  });

  it('says that nobody listens, or hangs up', async () => {
    await expect(send('/nowhere/x')).rejects.toMatchObject({ code: 'SOCKET_ABSENT' });
    const path = newPath();
    const server = createServer((socket) => socket.end()).listen(path);
    onTestFinished(() => {
      server.close();
    });
    await expect(send(path)).rejects.toMatchObject({ code: 'SOCKET_IO' });
  });
});
