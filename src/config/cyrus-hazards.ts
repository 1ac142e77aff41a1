/**
 * Settings with which Cyrus IMAP ends its own processes or loses events. Its assertion that every expected parameter is
 * filled in (`filled_params` in Cyrus `imap/mboxevent.c`) fails for some; measured with 3.6.1, and the code of 3.13 is
 * the same. The client then sees a fatal BYE, or 421 in LMTP.
 */

import { size } from '../option/number-syntax.ts';
import { warning } from '../option/problem.ts';
import { splitWords } from '../option/word-syntax.ts';
import { type ConfigProblem, placeOf } from './problem.ts';
import type { Setting } from './reader.ts';

/** Parameters that Cyrus has nothing to fill in for, unless the event is of a message. */
const unfillable = [
  'vnd.fastmail.convExists',
  'vnd.fastmail.convUnseen',
  'vnd.fastmail.counters',
  'vnd.fastmail.jmapStates',
];

/** A datagram longer than this does not leave Cyrus with the default buffers of Linux (`imap/notify.c`). */
const maxDatagram = 21_267;

/** `kills`: a process of Cyrus aborts. Otherwise it loses events, or does so only in an old version. */
export interface Hazard extends ConfigProblem {
  readonly kills: boolean;
}

/**
 * Warnings of such settings. They are about the settings as Cyrus reads them, those without a service prefix; and there
 * are none of events unless event_notifier is set, because Cyrus then makes no events.
 */
export function cyrusHazards(settings: readonly Setting[]): readonly Hazard[] {
  const byName = new Map(settings.map((setting) => [setting.name, setting]));
  const warnings: Hazard[] = [];
  const note = (kills: boolean, name: string, message: string, remedy: string): void => {
    const setting = byName.get(name);
    if (setting) warnings.push({ ...placeOf(setting), ...warning(message, remedy), kills });
  };
  const kill = note.bind(undefined, true);
  const warn = note.bind(undefined, false);
  if (byName.has('imipnotifier') && !byName.get('notifysocket')?.value.startsWith('dlist:')) {
    warn(
      'imipnotifier',
      `on a datagram socket Cyrus drops every iMIP message of more than ${maxDatagram} bytes, about 43 invitees, although the PUT succeeds`,
      'write notifysocket: dlist:/path, in the file of Cyrus and in that of belfry',
    );
  }
  if (!byName.has('event_notifier')) return warnings;

  const groups = words('event_groups', 'message mailbox');
  const parameters = words('event_extra_params', 'timestamp');
  const mode = byName.get('event_content_inclusion_mode')?.value ?? 'standard';

  if (groups.has('quota')) {
    kill(
      'event_groups',
      'with the group quota Cyrus aborts at every QuotaExceed and QuotaWithin, and at a QuotaChange without a limit on storage',
      'remove quota, unless your Cyrus was built without assertions',
    );
  }
  if (groups.has('jmap')) {
    warn('event_groups', 'a Cyrus before 3.8 does not start with the group jmap', 'remove jmap for an older Cyrus');
  }
  const risky = ['access', 'subscription', 'quota'].filter((group) => groups.has(group));
  const fatal = unfillable.filter((parameter) => parameters.has(parameter));
  if (risky.length > 0 && fatal.length > 0) {
    kill(
      'event_extra_params',
      `with ${fatal.join(' ')} and the event_groups ${risky.join(' ')} Cyrus aborts, for access at every login`,
      `remove ${fatal.join(' ')} here, or ${risky.join(' ')} from event_groups`,
    );
  }
  if (groups.has('flags')) {
    kill(
      'event_exclude_flags',
      'with the group flags Cyrus aborts when a client changes only excluded flags',
      'write belfry_event_exclude_flags instead: Cyrus then reports all flags, and belfry removes these',
    );
  }
  const content = parameters.has('messageContent');
  if (content && mode !== 'standard' && groups.has('message')) {
    kill(
      'event_content_inclusion_mode',
      `with messageContent in event_extra_params and the mode ${mode} Cyrus aborts at every MessageNew and MessageAppend`,
      'write belfry_event_content_inclusion_mode instead: Cyrus then sends the whole content, and belfry cuts it',
    );
  }
  if (content && mode === 'standard' && contentSize() > maxDatagram) {
    warn(
      'event_extra_params',
      `with messageContent an event is often longer than the ${maxDatagram} bytes that Cyrus can send with the default buffers of Linux; Cyrus then drops the event`,
      'set event_content_size to 12K or less, or raise net.core.wmem_default to 655680',
    );
  }
  return warnings;

  function words(name: string, byDefault: string): ReadonlySet<string> {
    return new Set(splitWords(byName.get(name)?.value ?? byDefault));
  }

  function contentSize(): number {
    return size().safeParse(byName.get('event_content_size')?.value).data || Number.POSITIVE_INFINITY;
  }
}
