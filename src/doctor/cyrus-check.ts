/** Whether imapd.conf makes Cyrus report its events, to the socket that belfry reads, and to notifiers that exist. */

import { cyrusHazards } from '../config/cyrus-hazards.ts';
import type { Setting } from '../config/reader.ts';
import { undeliverable } from '../config/undeliverable.ts';
import { splitWords } from '../option/word-syntax.ts';
import { type Check, type Finding, fault, ok, unchecked, warning } from './check.ts';
import type { DoctorContext } from './context.ts';
import { cyrusServices } from './cyrus-conf.ts';
import { isBelfry } from './cyrus-master-check.ts';

const defaultGroups = 'message mailbox';

export const cyrusCheck: Check = {
  name: 'cyrus',
  async *run(context) {
    const { imapd } = context;
    if (imapd.state === 'absent') {
      yield unchecked(`Cyrus: ${imapd.file} is not there, or only Dovecot was named; name it with --imapd-conf`);
      return;
    }
    if (imapd.state === 'unreadable') {
      yield unchecked(`Cyrus: ${imapd.reason}; run this as root, or name another file with --imapd-conf`);
      return;
    }
    const { file, value } = imapd;
    const mistakes = value.problems.filter(({ severity }) => severity === 'error');
    for (const { file: path, line, option, message, remedy } of mistakes) {
      yield fault(
        message,
        'every program of Cyrus ends with "fatal error" when it reads this: no mail is delivered and nobody can log in',
        `${remedy ?? 'correct the line'}; then restart Cyrus`,
        { place: { file: path, line, option } },
      );
    }
    const byName = new Map(value.settings.map((setting) => [setting.name, setting]));
    if (mistakes.length === 0) yield ok(`${file}: Cyrus can read it`);
    yield* reported(byName, context, file);
    for (const { kills, message, remedy = '', file: path, line, option } of cyrusHazards(value.settings)) {
      const place = { file: path, line, option };
      yield kills
        ? fault(message, 'the session or the delivery in which it happens ends with an error', restart(remedy), {
            place,
          })
        : warning(message, 'events do not reach belfry', restart(remedy), { place });
    }
  },
};

const restart = (what: string): string => `${what}; then restart Cyrus`;

type Settings = ReadonlyMap<string, Setting>;

function* reported(byName: Settings, context: DoctorContext, file: string): Generator<Finding, void, void> {
  const notifiers = ['event_notifier', 'mailnotifier', 'sievenotifier', 'imipnotifier'] as const;
  const set = notifiers.filter((option) => byName.has(option));
  if (!set.includes('event_notifier')) {
    const rest = set.length === 0 ? 'nothing' : `only what ${set.join(', ')} ${set.length === 1 ? 'says' : 'say'}`;
    yield fault(
      `event_notifier is not set: Cyrus reports ${rest}`,
      'its default is none, so that no event leaves Cyrus',
      restart(`write event_notifier: default into ${file}`),
      { place: { file, option: 'event_notifier' } },
    );
  } else yield* groups(byName, context);
  for (const option of set) yield* method(option, byName, context);
  if (set.length > 0) yield* socket(byName, context);
}

/** `mailnotifier: crm` reaches a notifier or a method of belfry, or makes each request unusable. */
function* method(option: string, byName: Settings, { configuration }: DoctorContext): Generator<Finding, void, void> {
  const setting = byName.get(option);
  if (setting === undefined) return;
  const { file, line, value } = setting;
  const { notifiers, builtIns } = configuration;
  const name = value.toLowerCase().replace(/^mailto:.*/, 'mailto');
  const isKnown = [...notifiers, ...builtIns].some(
    (one) => one.name === name || [one.method.name, ...one.method.aliases].includes(name),
  );
  if (name === 'default' || isKnown) {
    yield ok(`${option}: ${value} is known to belfry`, { place: { file, line, option } });
    return;
  }
  yield fault(
    `${option}: belfry has no notifier and no method ${JSON.stringify(value.slice(0, 100))}`,
    'each such request becomes unusable: belfry keeps it as a dead letter of "unusable", and delivers it to nobody',
    restart(
      `write ${option}: default${name === 'external' || name === 'exec' ? ', or set notify_external in the configuration of belfry' : ''}`,
    ),
    { place: { file, line, option } },
  );
}

function* groups(byName: Settings, { configuration }: DoctorContext): Generator<Finding, void, void> {
  const setting = byName.get('event_groups');
  const notify = byName.get('event_notifier');
  const place = {
    file: setting?.file ?? notify?.file ?? '',
    line: setting?.line ?? notify?.line,
    option: 'event_groups',
  };
  const on = splitWords(setting?.value ?? defaultGroups).map((word) => word.toLowerCase());
  const asking = configuration.notifiers.map(({ name, selection }) => ({ name, selection, filters: { groups: on } }));
  const lacking = undeliverable(asking, (option) => ({ file: place.file, line: place.line ?? 1, option }), true);
  for (const { option, message, remedy = '' } of lacking) {
    yield fault(
      `${option}: ${message}${setting === undefined ? ` (its default is ${defaultGroups})` : ''}`,
      'Cyrus does not report what the notifier asks for, so it never gets it',
      restart(`${remedy}: write event_groups: ${[...on, ...wordsAdded(remedy, on)].join(' ')}`),
      { place },
    );
  }
  if (lacking.length === 0) {
    const byDefault =
      setting === undefined ? ', the default: without flags, so nobody hears of a read or deleted message' : '';
    yield ok(`Cyrus reports the groups ${on.join(' ')}${byDefault}`, { place });
  }
}

/** Those of `add quota access to event_groups of Cyrus`. */
function wordsAdded(remedy: string, on: readonly string[]): readonly string[] {
  const [, words = ''] = /^add (.*) to /.exec(remedy) ?? [];
  return words.split(' ').filter((word) => word !== '' && !on.includes(word));
}

function* socket(byName: Settings, { configuration, master, loaded }: DoctorContext): Generator<Finding, void, void> {
  const directory = byName.get('configdirectory')?.value ?? '/var/imap';
  const setting = byName.get('notifysocket');
  const written = setting?.value ?? '{configdirectory}/socket/notify';
  const target = written.replace(/^(dlist:)?\{configdirectory\}/i, `$1${directory}`);
  const from = setting ?? byName.get('configdirectory') ?? byName.get('event_notifier');
  const place = { file: from?.file ?? '', line: from?.line, option: 'notifysocket' };
  const own = configuration.sockets.filter(({ transport }) => transport !== 'http');
  if (own.some(({ name }) => name === target)) {
    yield ok(`Cyrus sends to ${target}, where belfry receives`, { place });
    return;
  }
  const path = target.replace(/^dlist:/, '');
  const passed = master.state === 'read' ? cyrusServices(master.value) : [];
  if (passed.some((service) => isBelfry(service) && service.attributes['listen'] === path)) {
    yield ok(`Cyrus sends to ${target}, which master passes to belfry`, { place });
    return;
  }
  const sameFile = own.find((one) => one.path === path);
  const names = own.map(({ name }) => name).join(', ') || 'no socket';
  const [first] = own;
  if (sameFile !== undefined) {
    const [cyrus, belfry] = target.startsWith('dlist:')
      ? ['a stream', 'a datagram socket']
      : ['a datagram socket', 'a stream'];
    yield fault(
      `${path}: Cyrus sends to ${cyrus}, and belfry opens ${belfry}`,
      'Cyrus cannot connect, and each event is lost',
      restart(`write notifysocket: ${sameFile.name} into ${place.file}`),
      { place },
    );
    return;
  }
  const { file, line } = loaded.placeOf('notifysocket');
  yield fault(
    `Cyrus sends to ${target}${setting === undefined ? ' (notifysocket is not set)' : ''}, and belfry receives on ${names} (${file}:${line})`,
    'nobody reads what Cyrus sends, and each event is lost',
    restart(`write notifysocket: ${first?.name ?? target} into ${place.file}, in place of any line notifysocket there`),
    { place },
  );
}
