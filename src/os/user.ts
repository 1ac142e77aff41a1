/** Finds a user of the system, wherever nsswitch.conf says that users are kept, and whether this process may become another one. */
import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { BelfryError, ifPossible } from '../base/error.ts';
import { external } from './libc.ts';

// struct passwd of <pwd.h>, the same in glibc and musl.
const passwd = koffi.struct({
  pw_name: 'str',
  pw_passwd: 'str',
  pw_uid: 'uint32_t',
  pw_gid: 'uint32_t',
  pw_gecos: 'str',
  pw_dir: 'str',
  pw_shell: 'str',
});
const getpwnam = external<[name: string], unknown>('void *getpwnam(const char *)');
const getpwuid = external<[uid: number], unknown>('void *getpwuid(uint32_t)');

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
  /** Undefined for a number that no user has; its group has the same number. */
  readonly home: string | undefined;
}

/** A user, given by name or by number. Waits for the name service. Throws BelfryError CONFIGURATION. */
export function systemUser(nameOrNumber: string): SystemUser {
  const isNumber = /^[0-9]{1,9}$/.test(nameOrNumber);
  const found = isNumber ? getpwuid(Number(nameOrNumber)) : nameOrNumber.includes('\0') ? null : getpwnam(nameOrNumber);
  if (found !== null) {
    const { pw_uid: uid, pw_gid: gid, pw_dir: home } = koffi.decode(found, passwd);
    return { uid, gid, home };
  }
  if (isNumber) return { uid: Number(nameOrNumber), gid: Number(nameOrNumber), home: undefined };
  throw new BelfryError(
    'CONFIGURATION',
    `unknown user ${JSON.stringify(nameOrNumber)}: name another one, or create it with useradd`,
  );
}

/** <linux/capability.h> */
const capabilities = { CAP_SETGID: 6, CAP_SETUID: 7 };

/** The capabilities that this process lacks for starting a program as another user; none where that is not known. */
export function missingForOtherUser(): readonly string[] {
  const status = ifPossible(() => readFileSync('/proc/self/status', 'latin1')) ?? '';
  const [, mask] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if (mask === undefined) return [];
  const held = BigInt(`0x${mask}`);
  return Object.entries(capabilities).flatMap(([name, bit]) => ((held >> BigInt(bit)) & 1n ? [] : [name]));
}
