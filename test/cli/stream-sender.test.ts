import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendRequests } from '../../src/cli/send-requests.ts';
import { openStreamSender } from '../../src/cli/stream-sender.ts';
import { newPath, notify, trial } from '../intake/dlist/peer.ts';

const io = { err: () => {} };
const source = { kind: 'message', message: 'hi', request: { class: 'EVENT' } } as const;
const send = (path: string, repeat = 1) =>
  sendRequests({ socket: `dlist:${path}`, source, repeat, defaultUser: '' }, io);

describe('belfry send over a stream', () => {
  it('sends as Cyrus does, and waits for each answer', async () => {
    const { path, got } = await trial();
    expect(await send(path, 3)).toMatchObject({ requests: 3 });
    const line = notify('hi').toString().replace('PRIORITY NIL', 'PRIORITY normal');
    expect(got).toEqual([line, line, line]);
  });

  it('tells an answer that is not OK', async () => {
    const { path } = await trial({}, async () => {
      throw new Error('the spool is full');
    });
    await expect(send(path)).rejects.toMatchObject({ code: 'BUSY', message: `${path} answered NO: the spool is full` });
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
