/** Finds a group of the system by its name, wherever nsswitch.conf says that groups are kept. */
import koffi from 'koffi';
import { BelfryError } from '../base/error.ts';
import { external } from './libc.ts';

// struct group of <grp.h>, the same in glibc and musl.
const group = koffi.struct({ gr_name: 'str', gr_passwd: 'str', gr_gid: 'uint32_t', gr_mem: 'void *' });
const getgrnam = external<[name: string], unknown>('void *getgrnam(const char *)');

const getgrgid = external<[gid: number], unknown>('void *getgrgid(uint32_t)');

/** The name of a group; its number where it has none. Waits for the name service. */
export function groupName(gid: number): string {
  const found = getgrgid(gid);
  return found === null ? String(gid) : koffi.decode(found, group).gr_name;
}

/** The id of a group, given by name or by number. Waits for the name service. Throws BelfryError CONFIGURATION. */
export function groupId(nameOrNumber: string): number {
  if (/^[0-9]{1,10}$/.test(nameOrNumber)) return Number(nameOrNumber);
  const found = nameOrNumber.includes('\0') ? null : getgrnam(nameOrNumber);
  if (found === null) {
    throw new BelfryError(
      'CONFIGURATION',
      `unknown group ${JSON.stringify(nameOrNumber)}: name another one, or create it with groupadd`,
    );
  }
  return koffi.decode(found, group).gr_gid;
}
