import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SocketSetting } from '../../src/config/configuration.ts';
import { planSockets } from '../../src/daemon/socket-plan.ts';
import type { DlistDefaults } from '../../src/intake/dlist/dlist-kind.ts';
import type { HttpDefaults } from '../../src/intake/http/http-kind.ts';
import type { InheritedSocket } from '../../src/os/inherited-sockets.ts';
import { scratchDirectory } from '../os/scratch.ts';

const http: HttpDefaults = { transport: 'http', maxBodyBytes: 1000, maxConnections: 10, authentication: {} };
const dlist: DlistDefaults = {
  ...{ transport: 'dlist', maxBytes: 1000, maxHeldBytes: 1000, maxConnections: 10 },
  ...{ requestTimeoutMs: 1000, idleTimeoutMs: 1000 },
};
const believed: HttpDefaults = { ...http, authentication: { token: { text: 'x' } } };

const datagram = (path: string, more: { readonly byDefault?: true } = {}): SocketSetting => ({
  ...{ transport: 'datagram', name: path, path, mode: 0o660 },
  ...more,
});
const inherited = (
  descriptor: number,
  address: string,
  kind: InheritedSocket['kind'] = 'datagram',
  name = '',
): InheritedSocket => ({ descriptor, name, kind, address });

const plan = (sockets: readonly SocketSetting[], inherited: readonly InheritedSocket[], defaults = http) =>
  planSockets({ sockets, http: defaults, dlist }, inherited);

describe('planning the sockets', () => {
  it('opens what is configured where nothing was passed to us', () => {
    const settings = [datagram('/run/a', { byDefault: true }), datagram('@b')];
    expect(plan(settings, [])).toEqual(settings.map((setting) => ({ setting })));
  });

  it('puts a socket into the place of the setting with its address', () => {
    const [a, b, c] = [datagram('/run/a'), datagram('@b'), datagram('/run/c')];
    expect(plan([a, b, c], [inherited(3, '@b'), inherited(4, '/run/c')])).toEqual([
      { setting: b, descriptor: 3 },
      { setting: c, descriptor: 4 },
      { setting: a },
    ]);
  });

  it('finds the setting by another path to the same file, and by a relative one', () => {
    const directory = scratchDirectory();
    mkdirSync(join(directory, 'real'));
    symlinkSync('real', join(directory, 'link'));
    const linked = datagram(join(directory, 'link', 'notify'));
    expect(plan([linked], [inherited(3, join(directory, 'real', 'notify'))])).toEqual([
      { setting: linked, descriptor: 3 },
    ]);
    const relative = datagram('./run/notify');
    expect(plan([relative], [inherited(3, join(process.cwd(), 'run/notify'))])).toEqual([
      { setting: relative, descriptor: 3 },
    ]);
  });

  it('finds the setting by the name that the socket was given', () => {
    const setting = datagram('/chroot/notify');
    expect(plan([setting], [inherited(3, '/notify', 'datagram', '/chroot/notify')])).toEqual([
      { setting, descriptor: 3 },
    ]);
  });

  it('reads one that matches nothing too, by its kind', () => {
    const setting = datagram('/run/a');
    const [first, second] = plan([setting], [inherited(3, '/run/other')]);
    expect(first).toMatchObject({ setting: { transport: 'datagram', path: '/run/other' }, descriptor: 3 });
    expect(second).toEqual({ setting });
  });

  it('gives each socket that matches nothing a name of its own', () => {
    const names = plan([], [inherited(3, '@a'), inherited(4, '@a')]).map(({ setting }) => setting.name);
    expect(new Set(names).size).toBe(2);
  });

  it('leaves the default of notifysocket out beside a datagram socket, and only then', () => {
    const standing = datagram('/var/lib/belfry/socket/notify', { byDefault: true });
    expect(plan([standing], [inherited(3, '/run/other')])).toHaveLength(1);
    expect(plan([standing], [inherited(3, '127.0.0.1:8090', 'tcp')])).toHaveLength(2);
    expect(plan([standing], [inherited(3, standing.name)])).toEqual([{ setting: standing, descriptor: 3 }]);
  });

  it('refuses a socket of another kind than the setting asks for, and says what makes the right one', () => {
    expect(() => plan([datagram('/run/a')], [inherited(3, '/run/a', 'stream')])).toThrow(
      expect.objectContaining({
        code: 'SOCKET_PASSED',
        message: expect.stringMatching(/\/run\/a.*datagram.*descriptor 3.*ListenDatagram=/),
      }),
    );
  });
});

describe('sockets for HTTP', () => {
  it('are those of TCP, and Unix streams whose name begins with http', () => {
    const planned = plan(
      [],
      [
        inherited(3, '127.0.0.1:8090', 'tcp', 'belfry.socket'),
        inherited(4, '[::1]:8090', 'tcp'),
        inherited(5, '/run/http', 'stream', 'HTTP-local'),
      ],
    );
    expect(planned).toEqual([
      { setting: { ...http, name: 'descriptor 3', host: '127.0.0.1', port: 8090 }, descriptor: 3 },
      { setting: { ...http, name: 'descriptor 4', host: '::1', port: 8090 }, descriptor: 4 },
      { setting: { ...http, name: 'descriptor 5', path: '/run/http', mode: 0 }, descriptor: 5 },
    ]);
  });

  it('take the place of the setting with their address, however that writes it', () => {
    const setting: SocketSetting = { ...http, name: '[0:0::1]:8090', host: '0:0::1', port: 8090 };
    expect(plan([setting], [inherited(3, '[::1]:8090', 'tcp')])).toEqual([{ setting, descriptor: 3 }]);
  });

  it('take the place of the setting with their path, whatever they are called', () => {
    const setting: SocketSetting = { ...http, name: '/run/web', path: '/run/web', mode: 0o660 };
    const socket = inherited(3, '/run/web', 'stream', 'belfry.socket');
    expect(plan([setting], [socket])).toEqual([{ setting, descriptor: 3 }]);
    expect(() => plan([setting], [inherited(3, '/run/web')])).toThrow(/http.*datagram/);
  });

  it('that other machines can reach need a way to say who one is', () => {
    const reachable = [inherited(3, '192.0.2.1:8090', 'tcp')];
    expect(() => plan([], reachable)).toThrow(
      expect.objectContaining({ code: 'SOCKET_PASSED', message: expect.stringContaining('http_token_file') }),
    );
    expect(plan([], reachable, believed)).toMatchObject([{ setting: { host: '192.0.2.1' }, descriptor: 3 }]);
  });
});
