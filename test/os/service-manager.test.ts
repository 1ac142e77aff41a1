import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openServiceManager } from '../../src/os/service-manager.ts';
import { type DatagramSocket, openDatagramSocket } from '../../src/os/unix-datagram.ts';
import { until } from '../support/until.ts';
import { closeAfterEach, scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();
const closing = closeAfterEach();
let count = 0;

function receiver(prefix = ''): { readonly address: string; readonly socket: DatagramSocket; read(): string[] } {
  count += 1;
  const address = `${prefix}${join(directory, `n${count}`)}`;
  const socket = closing(openDatagramSocket({ path: address }));
  return { address, socket, read: () => socket.receive(1000).map(({ bytes }) => `${Buffer.from(bytes)}`) };
}

function open(environment: NodeJS.ProcessEnv) {
  const problems: string[] = [];
  return { problems, manager: openServiceManager(environment, 42, (reason) => problems.push(reason)) };
}

describe('telling the service manager', () => {
  it.each(['', '@'])('sends each message as one datagram, in order (address with "%s")', async (prefix) => {
    const { address, read } = receiver(prefix);
    const { manager, problems } = open({ NOTIFY_SOCKET: address });
    manager?.notify('READY=1', 'STATUS=all delivered');
    manager?.notify('STOPPING=1');
    await manager?.settled();
    expect(read()).toEqual(['READY=1\nSTATUS=all delivered', 'STOPPING=1']);
    expect(problems).toEqual([]);
  });

  it('removes the variables, so that no child speaks in our name', () => {
    const environment = { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '1', WATCHDOG_PID: '42', PATH: '/bin' };
    open(environment);
    expect(environment).toEqual({ PATH: '/bin' });
  });

  it.each([undefined, ''])('is not there when NOTIFY_SOCKET is %j', (address) => {
    expect(open(address === undefined ? {} : { NOTIFY_SOCKET: address })).toEqual({ problems: [], manager: undefined });
  });

  it.each(['vsock:2:1234', 'run/notify', '/', '@'])('leaves the address %s alone, and says so', (address) => {
    const { manager, problems } = open({ NOTIFY_SOCKET: address });
    expect(manager).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(address)]);
  });

  it('never throws: neither when nobody receives, nor when the name is too long', async () => {
    for (const address of [join(directory, 'nobody'), `/${'x'.repeat(200)}`]) {
      const { manager, problems } = open({ NOTIFY_SOCKET: address });
      manager?.notify('READY=1');
      await manager?.settled();
      expect(problems).toEqual([expect.stringMatching(/\bREADY\b/)]);
    }
  });

  it('makes no second assignment of a line break in a value', async () => {
    const { address, read } = receiver();
    const { manager } = open({ NOTIFY_SOCKET: address });
    manager?.notify('STATUS=one\nWATCHDOG=trigger\u0000');
    await manager?.settled();
    expect(read()).toEqual(['STATUS=one\\nWATCHDOG=trigger\\u{0}']);
  });

  it('does not wait for a receiver that does not read, and tells it the first in their order when it does', async () => {
    const { address, read } = receiver();
    const { manager, problems } = open({ NOTIFY_SOCKET: address });
    for (let i = 0; i < 2000; i += 1) manager?.notify(`STATUS=${i}`);
    expect(problems).toContainEqual(expect.stringContaining('read'));
    const got: string[] = [];
    await until(() => {
      got.push(...read());
      return got.length + problems.length === 2000;
    });
    await manager?.settled();
    expect(got.length).toBe(64);
    expect(got).toEqual(got.map((_, i) => `STATUS=${i}`));
    manager?.notify('STOPPING=1');
    await manager?.settled();
    expect(read()).toEqual(['STOPPING=1']);
  });
});

describe('the watchdog', () => {
  const watched = (variables: NodeJS.ProcessEnv) => {
    const { manager, problems } = open({ NOTIFY_SOCKET: '/nowhere', ...variables });
    return { watchdogMs: manager?.watchdogMs, problems };
  };

  it('wants to hear from us when it names us, or nobody', () => {
    expect(watched({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' })).toEqual({ watchdogMs: 30_000, problems: [] });
    expect(watched({ WATCHDOG_USEC: '500' })).toEqual({ watchdogMs: 0.5, problems: [] });
    expect(watched({})).toEqual({ watchdogMs: undefined, problems: [] });
  });

  it('is not ours when it names another process', () => {
    const { watchdogMs, problems } = watched({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '43' });
    expect(watchdogMs).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('WATCHDOG_PID is 43')]);
  });

  it.each(['0', '-1', 'x', ''])('with WATCHDOG_USEC "%s" is none', (WATCHDOG_USEC) => {
    const { watchdogMs, problems } = watched({ WATCHDOG_USEC });
    expect(watchdogMs).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('WATCHDOG_USEC')]);
  });
});
