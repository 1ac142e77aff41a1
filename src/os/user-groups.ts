/** The groups that a process of a user has after initgroups(3), wherever nsswitch.conf says that groups are kept. */
import { external } from './libc.ts';

const getgrouplist = external<[user: string, group: number, groups: Uint32Array, count: Int32Array]>(
  'int getgrouplist(const char *, uint32_t, void *, void *)',
);

/** NGROUPS_MAX of Linux. */
const maxGroups = 65_536;

/** The ids of all groups of a user, `group` among them. Waits for the name service. */
export function groupsOfUser(user: string, group: number): readonly number[] {
  if (user.includes('\0')) return [group];
  const groups = new Uint32Array(maxGroups);
  const count = new Int32Array([maxGroups]);
  if (getgrouplist(user, group, groups, count) < 0) return [group];
  return [...groups.subarray(0, count[0])];
}
