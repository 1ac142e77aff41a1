import { expect, it } from 'vitest';
import { mayWrite } from '../../src/doctor/access.ts';

const cyrus = { name: 'cyrus', uid: 101, gids: [8, 200] };
const modes: Readonly<Record<string, { mode: number; uid: number; gid: number }>> = {
  '/': { mode: 0o755, uid: 0, gid: 0 },
  '/run': { mode: 0o755, uid: 0, gid: 0 },
  '/run/shut': { mode: 0o700, uid: 0, gid: 0 },
  '/run/shut/notify': { mode: 0o666, uid: 0, gid: 0 },
  '/run/group': { mode: 0o750, uid: 0, gid: 200 },
  '/run/group/notify': { mode: 0o660, uid: 0, gid: 8 },
  '/run/own': { mode: 0o077, uid: 101, gid: 0 },
  '/run/own/notify': { mode: 0o666, uid: 0, gid: 0 },
  '/run/notify': { mode: 0o660, uid: 0, gid: 0 },
};

function stat(path: string) {
  const found = modes[path];
  if (found !== undefined) return found;
  throw Object.assign(new Error(path), { code: path === '/run/hidden' ? 'EACCES' : 'ENOENT' });
}

it.each([
  ['/run/group/notify', { access: 'yes' }],
  ['/run/notify', { access: 'no', path: '/run/notify', isDirectory: false, mode: 0o660 }],
  ['/run/shut/notify', { access: 'no', path: '/run/shut', isDirectory: true, mode: 0o700 }],
  // The owner has no more than his own bits.
  ['/run/own/notify', { access: 'no', path: '/run/own', isDirectory: true }],
  ['/run/none', { access: 'absent', path: '/run/none' }],
  ['/run/hidden', { access: 'unknown', path: '/run/hidden' }],
])('%s', (path, expected) => {
  expect(mayWrite(path, cyrus, stat)).toMatchObject(expected);
});

it('lets root write everything', () => {
  expect(mayWrite('/run/shut/notify', { name: 'root', uid: 0, gids: [0] }, stat)).toEqual({ access: 'yes' });
});
