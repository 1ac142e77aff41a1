/** Method syslog on receivers in this process: what each transport does when its receiver is gone, silent, slow or closes. */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Notifier, Outcome, Services } from '../../src/notifier/notifier.ts';
import { syslog } from '../../src/notifier/syslog.ts';
import { notifierContract } from '../contract/notifier.ts';
import { startFaultProxy } from '../e2e/brokers/fault-proxy.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { attemptWithin, openMethod, testServices } from './open-method.ts';
import { eventNotification } from './samples.ts';
import {
  certificateFile,
  idsIn,
  keyFile,
  type StreamReceiver,
  type SyslogReceiver,
  streamReceiver,
  udpReceiver,
  unixReceiver,
} from './syslog/receivers.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);
const directory = scratchDirectory();
let count = 0;
const newPath = (): string => {
  count += 1;
  return join(directory, `log${count}`);
};

const started: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of started.splice(0).reverse()) await stop();
});

async function open(options: Readonly<Record<string, string>>, services?: Services): Promise<Notifier> {
  const notifier = await openMethod(syslog, options, services);
  started.push(() => notifier.close());
  return notifier;
}
async function opened<R extends SyslogReceiver>(receiver: R | Promise<R>): Promise<R> {
  const one = await receiver;
  started.push(() => one.stop());
  return one;
}
function tell(notifier: Notifier, ...ids: readonly string[]): Promise<readonly Outcome[]> {
  const deliveries = ids.map((id) => ({ notification: eventNotification(id), attempt: 1, lane: '' }));
  return notifier.notify(deliveries, never);
}

/** Sends to a receiver that does not read until the kernel takes no more. */
async function fill(notifier: Notifier, parameters: Readonly<Record<string, string>> = {}): Promise<void> {
  const full = { notification: eventNotification('full', parameters), attempt: 1, lane: '' };
  for (;;) {
    const abort = new AbortController();
    const batch = Array.from({ length: notifier.maxBatch }, () => full);
    const filling = notifier.notify(batch, abort.signal);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    abort.abort('timeout');
    if ((await filling).at(-1)?.status === 'retry') return;
  }
}

notifierContract('syslog over a Unix socket', async () => {
  const receiver = unixReceiver(newPath());
  const notifier = await openMethod(syslog, { address: receiver.address, max_length: '128K' });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await receiver.stop();
    isStopped = true;
  };
  return {
    notifier,
    received: async () => idsIn(await receiver.messages()),
    breakPeer: stop,
    hangPeer: async () => {
      await receiver.pause();
      await fill(notifier);
    },
    dispose: stop,
  };
});

notifierContract('syslog over UDP', async () => {
  const receiver = await udpReceiver();
  return {
    notifier: await openMethod(syslog, { address: receiver.address }),
    received: async () => idsIn(await receiver.messages()),
    breakPeer: receiver.stop,
    dispose: receiver.stop,
  };
});

notifierContract('syslog over TCP', async () => {
  const receiver = await streamReceiver();
  return {
    notifier: await openMethod(syslog, { address: receiver.address, max_length: '128K' }),
    received: async () => idsIn(await receiver.messages()),
    breakPeer: receiver.stop,
    dispose: receiver.stop,
  };
});

notifierContract('syslog over TLS', async () => {
  const undo: (() => unknown)[] = [];
  const receiver = await streamReceiver({ requestCert: true, ca: readFileSync(certificateFile) });
  const proxy = await startFaultProxy(Number(receiver.address.split(':').at(-1)), (one) => undo.push(one));
  const files = { ca: certificateFile, client_certificate: certificateFile, client_key: keyFile };
  return {
    notifier: await openMethod(syslog, { address: `tls://127.0.0.1:${proxy.port}`, ...files }),
    received: async () => idsIn(await receiver.messages()),
    breakPeer: () => proxy.set('reset'),
    hangPeer: () => proxy.set('half-open'),
    dispose: async () => {
      await receiver.stop();
      for (const one of undo) await one();
    },
  };
});

describe('a Unix socket', () => {
  it('is found again after its daemon was restarted, and the messages it was full for wait', async () => {
    const path = newPath();
    const first = unixReceiver(path);
    const notifier = await open({ address: path });
    expect(await tell(notifier, '01-a')).toMatchObject([{ status: 'delivered' }]);
    await first.stop();
    expect(await tell(notifier, '01-b')).toMatchObject([{ status: 'retry', reason: expect.stringContaining(path) }]);
    const second = await opened(unixReceiver(path));
    await second.pause();
    const many = Array.from({ length: 200 }, (_, index) => `01-${index}`);
    const telling = tell(notifier, ...many);
    second.resume();
    expect(new Set((await telling).map(({ status }) => status))).toEqual(new Set(['delivered']));
    await expect.poll(async () => idsIn(await second.messages())).toEqual(many);
  });

  it('says what it is, and that nobody has confirmed anything', async () => {
    const receiver = await opened(unixReceiver(newPath()));
    const notifier = await open({ address: receiver.address, message: '{message}' });
    const outcomes = await notifier.notify(
      [{ notification: eventNotification('01-a', { snippet: 'x'.repeat(10_000) }), attempt: 1, lane: '' }],
      never,
    );
    expect(outcomes).toMatchObject([{ status: 'delivered', detail: expect.stringMatching(/confirm.* \d{5} bytes/) }]);
    const [message = ''] = await receiver.messages();
    expect(Buffer.byteLength(message)).toBe(8192);
  });

  it('of another type, or one that may not be written, is a failure to retry', async () => {
    const path = newPath();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    started.push(() => new Promise((resolve) => server.close(resolve)));
    for (const address of [path, join(directory, 'absent'), directory]) {
      expect(await tell(await open({ address }), '01-a')).toMatchObject([{ status: 'retry' }]);
    }
  });
});

describe('a stream', () => {
  it('is one connection, on which several calls are whole messages', async () => {
    const receiver = await opened(streamReceiver());
    const notifier = await open({ address: receiver.address });
    const calls = Array.from({ length: 20 }, (_, call) =>
      Array.from({ length: 50 }, (_one, index) => `${call}-${index}`),
    );
    await Promise.all(calls.map((ids) => tell(notifier, ...ids)));
    const got = idsIn(await receiver.messages());
    expect(got).toHaveLength(1000);
    for (const ids of calls) expect(got.filter((id) => ids.includes(id))).toEqual(ids);
    expect(receiver.connections()).toBe(1);
  });

  it('that the receiver has closed is not written to: nothing is lost', async () => {
    const receiver = await opened(streamReceiver());
    const services = testServices();
    const notifier = await open({ address: receiver.address }, services);
    for (const round of [1, 2, 3]) {
      expect(await tell(notifier, `01-${round}`)).toMatchObject([{ status: 'delivered' }]);
      await expect.poll(async () => (await receiver.messages()).length).toBe(round);
      receiver.endConnections();
    }
    expect(idsIn(await receiver.messages())).toEqual(['01-1', '01-2', '01-3']);
    expect(receiver.connections()).toBe(3);
    // It was closed soon after messages: that they came, belfry cannot know.
    expect(services.logged).toContainEqual(expect.objectContaining({ receiver: receiver.address, messages: 1 }));
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'whose receiver refuses it after the connection stands (%s) delivers nothing',
    async (how) => {
      const receiver = await opened(streamReceiver());
      receiver.onConnection((socket) => socket[how]());
      const notifier = await open({ address: receiver.address });
      for (let call = 0; call < 3; call += 1) {
        expect(await tell(notifier, '01-a', '01-b')).toMatchObject([{ status: 'retry' }, { status: 'retry' }]);
      }
      expect(await receiver.messages()).toEqual([]);
    },
  );

  it('whose receiver does not read ends with the time limit, and sends nothing of it later', async () => {
    const receiver = await opened(streamReceiver());
    receiver.read(false);
    const notifier = await open({ address: receiver.address, message: '{id} {message}', max_length: '128K' });
    await fill(notifier, { snippet: 'x'.repeat(100_000) });
    // The connection was given up; a new one has a reader.
    receiver.read(true);
    const before = receiver.connections();
    expect(await tell(notifier, '01-last')).toMatchObject([{ status: 'delivered' }]);
    await expect.poll(async () => idsIn(await receiver.messages()).at(-1)).toBe('01-last');
    expect(receiver.connections()).toBe(before + 1);
  });

  it('says why there is none', async () => {
    const receiver = await streamReceiver();
    await receiver.stop();
    const notifier = await open({ address: receiver.address });
    expect(await tell(notifier, '01-a')).toMatchObject([
      { status: 'retry', reason: expect.stringMatching(`${receiver.address}.*ECONNREFUSED`) },
    ]);
  });
});

describe('TLS', () => {
  async function outcomeWith(options: Readonly<Record<string, string>>, receiver: StreamReceiver) {
    const notifier = await open({ address: receiver.address, ...options });
    const [outcome] = await tell(notifier, '01-a');
    return outcome;
  }

  it('trusts the CA of the option, and no other', async () => {
    const receiver = await opened(streamReceiver({}));
    expect(await outcomeWith({}, receiver)).toMatchObject({
      status: 'retry',
      reason: expect.stringContaining('syslog_ca'),
    });
    expect(await outcomeWith({ ca: certificateFile }, receiver)).toMatchObject({ status: 'delivered' });
    await expect.poll(async () => idsIn(await receiver.messages())).toEqual(['01-a']);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a client without a certificate that is wanted delivers nothing (%s)',
    async (version) => {
      const demands = {
        requestCert: true,
        ca: readFileSync(certificateFile),
        minVersion: version,
        maxVersion: version,
      };
      const receiver = await opened(streamReceiver(demands));
      const files = { client_certificate: certificateFile, client_key: keyFile };
      expect(await outcomeWith({ ca: certificateFile }, receiver)).toMatchObject({ status: 'retry' });
      expect(await receiver.messages()).toEqual([]);
      expect(await outcomeWith({ ca: certificateFile, ...files }, receiver)).toMatchObject({ status: 'delivered' });
    },
  );

  it('does not wait longer than the time limit for a receiver that speaks none', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    started.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const notifier = await open({ address: `tls://127.0.0.1:${port}` }, testServices({ attemptTimeoutMs: 300 }));
    const outcome = await attemptWithin(300, notifier, eventNotification('01-a'));
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringContaining('0.3 s') });
  });

  it('needs files that are what they should be', async () => {
    for (const [option, file] of [
      ['ca', keyFile],
      ['ca', join(directory, 'absent')],
    ] as const) {
      const opening = openMethod(syslog, { address: 'tls://127.0.0.1:9', [option]: file });
      await expect(opening).rejects.toMatchObject({ code: 'NOTIFIER_OPEN', message: expect.stringContaining(file) });
    }
    const alone = openMethod(syslog, { address: 'tls://127.0.0.1:9', client_certificate: certificateFile });
    await expect(alone).rejects.toMatchObject({ code: 'NOTIFIER_OPEN' });
    const udp = openMethod(syslog, { address: 'udp://127.0.0.1:9', max_length: '65508' });
    await expect(udp).rejects.toMatchObject({ code: 'NOTIFIER_OPEN' });
  });
});
