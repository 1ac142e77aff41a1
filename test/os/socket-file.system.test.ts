import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatagramSender } from '../../src/os/datagram-sender.ts';
import { type DatagramSocket, type DatagramSocketOptions, openDatagramSocket } from '../../src/os/unix-datagram.ts';
import { closeAfterEach, leaveStaleFile, scratchDirectory, startChild } from './scratch.ts';

const directory = scratchDirectory();
const closing = closeAfterEach();
let count = 0;

function newPath(): string {
  count += 1;
  return join(directory, `s${count}`);
}

const open = (options: DatagramSocketOptions): DatagramSocket => closing(openDatagramSocket(options));

async function reaches(path: string, socket: DatagramSocket): Promise<void> {
  const sender = closing(openDatagramSender(path));
  await sender.send(Buffer.from(path));
  expect(socket.receive(10).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([path]);
}

function failing(code: string, words: string): unknown {
  return expect.objectContaining({ name: 'BelfryError', code, message: expect.stringContaining(words) });
}

describe('the name of a socket', () => {
  it('can be an absolute path', async () => {
    const path = newPath();
    await reaches(path, open({ path }));
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  it('can be a relative path', async () => {
    const path = relative(process.cwd(), newPath());
    const socket = open({ path });
    await reaches(path, socket);
    socket.close();
    expect(existsSync(path)).toBe(false);
  });

  it('can be 107 bytes long', async () => {
    const path = join(directory, 'x'.repeat(107 - directory.length - 1));
    expect(path).toHaveLength(107);
    const socket = open({ path });
    await reaches(path, socket);
    expect(readdirSync(directory)).toContain(basename(path));
  });

  it('can be abstract, and is free again after the close', async () => {
    const path = `@belfry-test-${process.pid}`;
    const socket = open({ path, mode: 0o600 });
    await reaches(path, socket);
    expect(() => open({ path })).toThrow(failing('SOCKET_IN_USE', path));
    socket.close();
    await reaches(path, open({ path }));
  });
});

describe('a file that is there already', () => {
  it('is replaced when a crash has left it', async () => {
    const path = newPath();
    leaveStaleFile(path);
    expect(() => openDatagramSender(path)).toThrow(failing('SOCKET_ABSENT', path));
    await reaches(path, open({ path }));
    expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is not stolen from a living daemon, in this process or another', async () => {
    const path = newPath();
    const socket = open({ path });
    expect(() => open({ path })).toThrow(failing('SOCKET_IN_USE', path));
    const other = startChild('contender.main.ts', []);
    expect(await other.line()).toBe('up');
    other.process.stdin?.end(`${path} 0\n`);
    expect(await other.line()).toContain('SOCKET_IN_USE');
    expect(await other.ended).toBe(0);
    await reaches(path, socket);
  });

  it('is replaced as soon as the daemon in another process has been killed', async () => {
    const path = newPath();
    const other = startChild('contender.main.ts', []);
    expect(await other.line()).toBe('up');
    other.process.stdin?.write(`${path} 0\n`);
    expect(await other.line()).toBe('open');
    expect(() => open({ path })).toThrow(failing('SOCKET_IN_USE', path));
    other.process.kill('SIGKILL');
    await other.ended;
    expect(existsSync(path)).toBe(true);
    await reaches(path, open({ path }));
  });

  it('is not stolen from a server of another kind', async () => {
    const path = newPath();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(() => open({ path })).toThrow(failing('SOCKET_IN_USE', path));
    await new Promise((resolve) => server.close(resolve));
  });

  it('is left alone when it is not a socket', () => {
    const path = newPath();
    writeFileSync(path, 'precious');
    expect(() => open({ path })).toThrow(failing('SOCKET_CREATE', path));
    expect(readFileSync(path, 'utf8')).toBe('precious');
    const folder = newPath();
    mkdirSync(folder);
    expect(() => open({ path: folder })).toThrow(failing('SOCKET_CREATE', folder));
  });

  it('goes to exactly one of several daemons that start at the same moment', async () => {
    const contenders = Array.from({ length: 3 }, () => startChild('contender.main.ts', []));
    for (const { line } of contenders) expect(await line()).toBe('up');
    for (let round = 0; round < 40; round += 1) {
      const path = newPath();
      leaveStaleFile(path);
      const at = Date.now() + 10;
      for (const { process } of contenders) process.stdin?.write(`${path} ${at}\n`);
      const answers = await Promise.all(contenders.map(({ line }) => line()));
      expect(answers.map((answer) => answer.split(' ')[0]).sort()).toEqual(['SOCKET_IN_USE', 'SOCKET_IN_USE', 'open']);
      openDatagramSender(path).close();
    }
    for (const { process } of contenders) process.stdin?.end();
    for (const { ended } of contenders) expect(await ended).toBe(0);
    expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('the directory', () => {
  it('must be there', () => {
    const path = join(newPath(), 'notify');
    expect(() => open({ path })).toThrow(failing('SOCKET_CREATE', 'create it'));
  });

  it('must be a directory', () => {
    const file = newPath();
    writeFileSync(file, '');
    expect(() => open({ path: join(file, 'notify') })).toThrow(failing('SOCKET_CREATE', 'directory'));
  });

  it('must allow it', async () => {
    const folder = newPath();
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    // Root may write everywhere, so somebody else tries.
    const root = process.getuid?.() === 0;
    chmodSync(directory, 0o755);
    const other = startChild('contender.main.ts', [], root ? { uid: 65_534, gid: 65_534 } : {});
    expect(await other.line()).toBe('up');
    other.process.stdin?.end(`${join(folder, 'notify')} 0\n`);
    expect(await other.line()).toMatch(/^SOCKET_PERMISSION .*Permission denied \(EACCES\)/);
    expect(await other.ended).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('mode and group', () => {
  it.each([0o600, 0o660, 0o666, 0o777, 0o000])('gives mode %o whatever the umask', (mode) => {
    for (const umask of [0o000, 0o022, 0o077, 0o777]) {
      const path = newPath();
      const before = process.umask(umask);
      try {
        open({ path, mode });
      } finally {
        process.umask(before);
      }
      expect(lstatSync(path).mode & 0o7777).toBe(mode);
    }
  });

  it('leaves the mode to the umask when none is asked for', () => {
    const path = newPath();
    const before = process.umask(0o027);
    try {
      open({ path });
    } finally {
      process.umask(before);
    }
    expect(lstatSync(path).mode & 0o7777).toBe(0o750);
  });

  it('gives a group by number and by name', () => {
    const groups = process.getgroups?.() ?? [];
    const gid = process.getuid?.() === 0 ? 1 : (groups.at(-1) ?? process.getgid?.() ?? 0);
    const name = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((line) => line.split(':')[2] === String(gid))
      ?.split(':')[0];
    for (const group of [String(gid), ...(name === undefined ? [] : [name])]) {
      const path = newPath();
      open({ path, mode: 0o660, group });
      const { gid: given, mode } = lstatSync(path);
      expect([given, mode & 0o7777]).toEqual([gid, 0o660]);
    }
  });

  it('refuses a group that does not exist, and leaves no file', () => {
    for (const group of ['no such group', 'nul\0', '']) {
      const path = newPath();
      expect(() => open({ path, group })).toThrow(failing('CONFIGURATION', 'unknown group'));
      expect(existsSync(path)).toBe(false);
    }
  });

  it('refuses a group that it may not give, and leaves no file', async () => {
    const path = newPath();
    // 4294967295 means "unchanged" to chown(2), so it is none that could be given; one below is nobody's.
    if (process.getuid?.() === 0) return;
    expect(() => open({ path, group: '4294967294' })).toThrow(failing('SOCKET_PERMISSION', '4294967294'));
    expect(existsSync(path)).toBe(false);
  });
});

describe('close', () => {
  it('removes the file, once', () => {
    const path = newPath();
    const socket = open({ path });
    socket.close();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'of somebody else');
    socket.close();
    expect(existsSync(path)).toBe(true);
  });

  it('leaves a file that another one has put there', async () => {
    const path = newPath();
    const old = open({ path });
    rmSync(path);
    const successor = open({ path });
    old.close();
    await reaches(path, successor);
  });

  it('does not mind that the file is gone or has moved', () => {
    const path = newPath();
    const socket = open({ path });
    renameSync(path, `${path}.moved`);
    socket.close();
    expect(existsSync(`${path}.moved`)).toBe(true);
  });
});
