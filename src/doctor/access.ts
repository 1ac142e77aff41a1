/** Whether another user may reach and write a file, by the modes of it and of the directories above: nothing is tried. */
import { type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../base/error.ts';

export interface Identity {
  /** For people. */
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

export type Access =
  | { readonly access: 'yes' }
  /** `path` is what stops it: a directory that the user may not pass, or the file itself. */
  | {
      readonly access: 'no';
      readonly path: string;
      readonly isDirectory: boolean;
      readonly mode: number;
      readonly gid: number;
    }
  | { readonly access: 'absent'; readonly path: string }
  /** This process may not look there. */
  | { readonly access: 'unknown'; readonly path: string };

type Stat = (path: string) => Pick<Stats, 'mode' | 'uid' | 'gid'>;

const write = 0o2;
const search = 0o1;

/** Whether the user may send to the socket file: write to it, and search all directories above. Follows symbolic links. */
export function mayWrite(path: string, identity: Identity, stat: Stat = statSync): Access {
  const whole = resolve(path);
  const above: string[] = [];
  for (let at = dirname(whole); ; at = dirname(at)) {
    above.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const one of [...above, whole]) {
    let found: ReturnType<Stat>;
    try {
      found = stat(one);
    } catch (thrown) {
      const isUnknown = ['EACCES', 'EPERM'].includes(codeOf(thrown) ?? '');
      return { access: isUnknown ? 'unknown' : 'absent', path: one };
    }
    const isDirectory = one !== whole;
    if (!may(found, identity, isDirectory ? search : write)) {
      return { access: 'no', path: one, isDirectory, mode: found.mode & 0o7777, gid: found.gid };
    }
  }
  return { access: 'yes' };
}

function may(file: ReturnType<Stat>, { uid, gids }: Identity, bit: number): boolean {
  if (uid === 0) return true;
  if (file.uid === uid) return (file.mode & (bit << 6)) !== 0;
  if (gids.includes(file.gid)) return (file.mode & (bit << 3)) !== 0;
  return (file.mode & bit) !== 0;
}
