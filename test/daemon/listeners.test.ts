import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BelfryError } from '../../src/base/error.ts';
import type { SocketSetting } from '../../src/config/configuration.ts';
import { Listeners } from '../../src/daemon/listeners.ts';
import type { DlistDefaults } from '../../src/intake/dlist/dlist-kind.ts';
import type { HttpDefaults } from '../../src/intake/http/http-kind.ts';
import type { IntakeSetting } from '../../src/intake/intake.ts';
import type { Listening } from '../../src/intake-host/intake-host.ts';
import type { InheritedSocket } from '../../src/os/inherited-sockets.ts';
import { until } from '../support/until.ts';

const http: HttpDefaults = { transport: 'http', maxBodyBytes: 1000, maxConnections: 10, authentication: {} };
const dlist: DlistDefaults = {
  ...{ transport: 'dlist', maxBytes: 1000, maxHeldBytes: 1000, maxConnections: 10 },
  ...{ requestTimeoutMs: 1000, idleTimeoutMs: 1000 },
};
const at = (path: string, mode = 0o660): SocketSetting => ({ transport: 'datagram', name: path, path, mode });
const inherited = (descriptor: number, address: string): InheritedSocket => ({
  ...{ descriptor, name: '', kind: 'datagram', address },
});

function start(...inherited: readonly InheritedSocket[]) {
  const done: string[] = [];
  const warnings: unknown[] = [];
  const log = pino({}, { write: (line: string) => warnings.push(JSON.parse(line).socket) });
  const engine = {
    async listen(setting: SocketSetting, descriptor?: number) {
      const { name, path = '' } = setting;
      if (name === '/refused') throw new BelfryError('SOCKET_IN_USE', 'it is in use');
      done.push(descriptor === undefined ? `opened ${name}` : `took ${descriptor} as ${name}`);
      return {
        id: done.length,
        setting,
        address: path,
        async stop() {
          done.push(`stopped ${name}`);
          return { received: 1, truncated: 0, lost: 0 };
        },
      };
    },
    async renew(renewals: readonly (readonly [Listening<SocketSetting>, SocketSetting])[]) {
      if (renewals.some(([, { path }]) => path === '/unrenewable')) {
        throw new BelfryError('CONFIGURATION', 'it cannot be changed');
      }
      done.push(...renewals.map(([{ setting }]) => `renewed ${setting.name}`));
    },
  };
  const listeners = new Listeners(engine, inherited, log);
  const openWith = (others: readonly IntakeSetting[], ...sockets: readonly SocketSetting[]) =>
    listeners.open({ sockets, otherIntakes: others, http, dlist });
  const open = (...sockets: readonly SocketSetting[]) => openWith([], ...sockets);
  return { listeners, done, warnings, open, openWith };
}

describe('the listeners', () => {
  it('are opened together, and their counts told when they stop', async () => {
    const { listeners, done, open } = start(inherited(3, '/b'));
    await open(at('/a'), at('/b'));
    expect(listeners.addresses()).toEqual({ sockets: ['/b', '/a'], inherited: ['/b'] });
    expect(await listeners.stop()).toEqual([
      { address: '/b', received: 1, truncated: 0, lost: 0 },
      { address: '/a', received: 1, truncated: 0, lost: 0 },
    ]);
    expect(done).toEqual(['took 3 as /b', 'opened /a', 'stopped /b', 'stopped /a']);
    expect(await listeners.stop()).toEqual([]);
  });

  it('are beside other intakes, which a reload opens, renews and stops as well', async () => {
    const { listeners, done, warnings, openWith } = start();
    const other = (name: string): IntakeSetting => ({ transport: 'poll', name });
    await openWith([other('one')], at('/a'));
    const stopUnwanted = await openWith([other('one'), other('two')], at('/a'));
    await stopUnwanted();
    await (await openWith([other('two')], at('/a')))();
    expect(done).toEqual([
      ...['opened /a', 'opened one', 'opened two', 'renewed /a', 'renewed one'],
      ...['renewed /a', 'renewed two', 'stopped one'],
    ]);
    expect(warnings).toEqual([]);
    expect(listeners.addresses().sockets).toHaveLength(2);
  });

  it('are none when one of them cannot be opened', async () => {
    const { listeners, done, open } = start();
    await expect(open(at('/a'), at('/refused'))).rejects.toThrow('in use');
    expect(done).toEqual(['opened /a', 'stopped /a']);
    expect(listeners.addresses()).toEqual({ sockets: [] });
  });

  it('stay open over a reload, which opens what is new first and stops what is gone when it is told to', async () => {
    const { listeners, done, open } = start();
    await open(at('/a'), at('/b'));
    done.length = 0;
    const stopUnwanted = await open(at('/b'), at('/c'));
    expect(done).toEqual(['opened /c', 'renewed /b']);
    await stopUnwanted();
    expect(done.at(-1)).toBe('stopped /a');
    expect(listeners.addresses()).toEqual({ sockets: ['/b', '/c'] });
  });

  it('are what they were when a reload fails', async () => {
    const { listeners, done, warnings, open } = start();
    await open(at('/a'));
    await expect(open(at('/a'), at('/b'), at('/refused'))).rejects.toThrow('in use');
    expect(done).toEqual(['opened /a', 'opened /b', 'stopped /b']);
    await expect(open({ ...at('/unrenewable'), name: '/a' }, at('/b'))).rejects.toThrow('cannot be changed');
    expect(done.at(-1)).toBe('stopped /b');
    await open(at('/a'), at('/c'));
    done.length = 0;
    // One that can be renewed is not either, wherever it stands.
    await expect(open(at('/a'), { ...at('/unrenewable', 0o600), name: '/c' })).rejects.toThrow('cannot be changed');
    expect([done, warnings]).toEqual([[], []]);
    expect(listeners.addresses()).toEqual({ sockets: ['/a', '/c'] });
  });

  it('warn of a mode or group that a reload cannot change', async () => {
    const { warnings, open } = start(inherited(3, '/b'));
    await open(at('/a'), at('/b'));
    await open(at('/a', 0o600), at('/b', 0o600));
    expect(warnings).toEqual(['/a']);
  });
});

describe('an inherited socket', () => {
  it('is never closed by a reload, whatever that says of it, and never taken twice', async () => {
    const { listeners, done, open } = start(inherited(3, '/b'));
    for (const sockets of [[at('/a')], [at('/a'), at('/b')], [at('/c')], []]) await (await open(...sockets))();
    expect(done.filter((one) => /3|\/b/.test(one))).toEqual([
      'took 3 as descriptor 3',
      'renewed descriptor 3',
      'renewed descriptor 3',
      'renewed descriptor 3',
    ]);
    expect(listeners.addresses()).toEqual({ sockets: ['/b'], inherited: ['/b'] });
  });

  it('open a socket again whose file is removed, and say once why they cannot', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'belfry-listeners-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const path = join(directory, 'notify');
    let refusal: BelfryError | undefined;
    const modes: unknown[] = [];
    const done: string[] = [];
    const lines: { readonly level: number; readonly reason?: string }[] = [];
    const host = {
      async listen(setting: SocketSetting) {
        if (refusal !== undefined) throw refusal;
        const number = done.push('opened');
        modes.push(setting.mode);
        writeFileSync(path, '');
        const stop = async () => {
          done.push(`stopped ${number}`);
          return { received: 1, truncated: 0, lost: 0 };
        };
        return { id: number, setting, address: path, stop };
      },
      renew: async () => {},
    };
    const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
    const listeners = new Listeners(host, [], log, 1);
    await listeners.open({ sockets: [at(path)], otherIntakes: [], http, dlist });
    // A reload keeps the socket; it is opened again with what that said.
    await listeners.open({ sockets: [at(path, 0o666)], otherIntakes: [], http, dlist });
    expect(lines.splice(0)).toHaveLength(1);
    refusal = new BelfryError('SOCKET_PERMISSION', 'not here');
    rmSync(path);
    await until(() => lines.length > 0);
    refusal = undefined;
    await until(() => done.length === 3);
    expect(done).toEqual(['opened', 'opened', 'stopped 1']);
    expect(modes).toEqual([0o660, 0o666]);
    expect(lines.map(({ level, reason }) => [level, reason])).toEqual([
      [50, 'not here'],
      [40, undefined],
    ]);
    await listeners.stop();
    expect(done.at(-1)).toBe('stopped 2');
    rmSync(path);
    await listeners.open({ sockets: [], otherIntakes: [], http, dlist });
    expect(done).toHaveLength(4);
  });
});
