/** What the package installs fits together: its configuration, its units, and the statuses that the daemon ends with. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/base/error.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { methods } from '../../src/notifier/table.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** All values of one setting of a unit. */
function settings(unit: string, name: string): readonly string[] {
  const lines = read(`config/systemd/${unit}`).split('\n');
  return lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
}

describe('the service', () => {
  const { configuration, problems } = loadConfiguration(join(root, 'packaging/debian/belfry.conf'), { methods });

  it('has a configuration without a mistake', () => {
    expect(problems).toEqual([]);
    expect(configuration?.sockets).toHaveLength(1);
  });

  it('is configured for the socket that its unit holds', () => {
    expect(settings('belfry.socket', 'ListenDatagram')).toEqual([configuration?.sockets[0]?.path]);
    expect(settings('belfry.socket', 'SocketGroup')).toEqual(['mail']);
  });

  it('is not started again after what a start does not mend', () => {
    const [prevented = ''] = settings('belfry.service', 'RestartPreventExitStatus');
    const { USAGE, CONFIGURATION, NO_INPUT, SOCKET_PERMISSION, SPOOL_LOCKED } = errorCodes;
    const lasting = [USAGE, CONFIGURATION, NO_INPUT, SOCKET_PERMISSION].map(({ exit }) => String(exit));
    expect(prevented.split(' ').sort()).toEqual(lasting.sort());
    expect(prevented).not.toContain(String(SPOOL_LOCKED.exit));
  });

  it('is not started without end by what waits in its sockets', () => {
    for (const socket of ['belfry.socket', 'belfry-stream.socket', 'belfry-http.socket']) {
      expect(settings(socket, 'TriggerLimitIntervalSec')).toEqual(['2min']);
      expect(settings(socket, 'TriggerLimitBurst')).toEqual(['10']);
    }
  });

  it('opens the sockets that are enabled later when it is restarted, since systemd opens none beside a daemon that runs', () => {
    for (const socket of ['belfry-stream.socket', 'belfry-http.socket']) {
      expect(settings(socket, 'WantedBy').flatMap((units) => units.split(' '))).toContain('belfry.service');
    }
  });

  it('runs programs that every Debian has, and its own', () => {
    const commands = readdirSync(join(root, 'config/systemd')).flatMap((unit) =>
      ['ExecStartPre', 'ExecStart', 'ExecReload', 'ExecStop'].flatMap((name) => settings(unit, name)),
    );
    expect(commands.map((command) => command.split(' ')[0]).sort()).toEqual(['/bin/sh', '/usr/bin/belfry']);
  });

  it('makes a reload fail when the configuration is wrong, and tells the daemon in any case', () => {
    const [reload = '', ...more] = settings('belfry.service', 'ExecReload');
    expect(more).toEqual([]);
    // As systemd reads it: `$$` is a dollar sign, and the quotes go.
    const script = /^\/bin\/sh -c '(.*)'$/.exec(reload)?.[1]?.replaceAll('$$', '$') ?? '';
    for (const [status, kill] of [
      [0, 'HUP'],
      [78, 'HUP'],
    ] as const) {
      const told = spawnSync(
        '/bin/sh',
        ['-c', `kill() { echo "$@"; }; ${script.replace(/\/usr\/bin\/belfry/, `sh -c "exit ${status}" `)}`],
        {
          env: { MAINPID: '7' },
          encoding: 'utf8',
        },
      );
      expect(told).toMatchObject({ status, stdout: `-${kill} 7\n`, stderr: '' });
    }
    expect(script).toMatch(/^\/usr\/bin\/belfry check -q -C \/etc\/belfry\.conf; /);
    expect(settings('belfry.service', 'ExecStart')).toEqual(['/usr/bin/belfry serve -C /etc/belfry.conf']);
  });

  it('keeps its socket when it stops, and may write where its directories are', () => {
    expect(settings('belfry.service', 'RuntimeDirectoryPreserve')).toEqual(['yes']);
    const made = [...read('config/tmpfiles.d/belfry.conf').matchAll(/^d (\S+)\s+(\d+) belfry belfry/gm)];
    const directories = ['Runtime', 'State', 'Logs'].map(
      (kind) => settings('belfry.service', `${kind}DirectoryMode`)[0],
    );
    expect(made.map(([, path, mode]) => [path, mode])).toEqual([
      ['/run/belfry', directories[0]],
      ['/var/lib/belfry', directories[1]],
      ['/var/log/belfry', directories[2]],
    ]);
  });
});
