/** Who Cyrus is on this machine: the user and the groups of its processes (Cyrus `lib/util.c`, become_cyrus). */
import { ifPossible } from '../base/error.ts';
import { groupId } from '../os/group.ts';
import { systemUser } from '../os/user.ts';
import { groupsOfUser } from '../os/user-groups.ts';
import type { Identity } from './access.ts';
import type { DoctorContext } from './context.ts';

/** Undefined where there is no Cyrus, or no such user. */
export function cyrusIdentity({ imapd }: Pick<DoctorContext, 'imapd'>): Identity | undefined {
  if (imapd.state === 'absent') return undefined;
  const name = cyrusUserName(imapd);
  const group = imapd.state === 'read' ? imapd.value.settings.find((one) => one.name === 'cyrus_group') : undefined;
  return ifPossible(() => {
    const { uid, gid } = systemUser(name);
    const own = group === undefined ? gid : groupId(group.value);
    return { name, uid, gids: [own, ...groupsOfUser(name, own)] };
  });
}

export function cyrusUserName(imapd: DoctorContext['imapd']): string {
  const written = imapd.state === 'read' ? imapd.value.settings.find((one) => one.name === 'cyrus_user') : undefined;
  return written?.value ?? 'cyrus';
}
