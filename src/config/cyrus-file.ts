/** What the configuration of Cyrus itself does to belfry, read where it is not included. */
import { BelfryError } from '../base/error.ts';
import { warning } from '../option/problem.ts';
import { splitWords } from '../option/word-syntax.ts';
import type { Configuration } from './configuration.ts';
import { cyrusHazards } from './cyrus-hazards.ts';
import type { ConfigProblem, OptionPlace } from './problem.ts';
import { readText } from './read-text.ts';
import { readConfiguration } from './reader.ts';
import { undeliverable } from './undeliverable.ts';

export interface CyrusFileOptions {
  readonly configuration: Configuration;
  /** Whether somebody asked for this very file: then it must be there. */
  readonly isNamed: boolean;
  readonly read?: (path: string) => string;
}

const notifierOptions = ['event_notifier', 'mailnotifier', 'sievenotifier', 'imipnotifier'];

/** Warnings only: what is wrong there is no mistake of belfry's. Throws BelfryError NO_INPUT for a named file that cannot be read. */
export function cyrusProblems(
  file: string,
  { configuration, isNamed, read = readText }: CyrusFileOptions,
): readonly ConfigProblem[] {
  const main = { file, line: 1 };
  let found: ReturnType<typeof readConfiguration>;
  try {
    found = readConfiguration(file, read);
  } catch (thrown) {
    if (isNamed || !(thrown instanceof BelfryError)) throw thrown;
    return [{ ...main, ...warning('not readable, so belfry cannot check what Cyrus sends', 'run this as root') }];
  }
  const byName = new Map(found.settings.map((setting) => [setting.name, setting]));
  const placeOf = (option: string): OptionPlace => {
    const { file: path, line } = byName.get(option) ?? main;
    return { file: path, line, option };
  };
  const problems: ConfigProblem[] = [...cyrusHazards(found.settings)];
  if (!notifierOptions.some((option) => byName.has(option))) {
    const message = 'Cyrus reports nothing, because event_notifier is not set';
    problems.push({ ...main, ...warning(message, 'write event_notifier: default, and restart Cyrus') });
    return problems;
  }
  const directory = byName.get('configdirectory')?.value ?? '/var/imap';
  const socket = byName.get('notifysocket')?.value ?? `${directory}/socket/notify`;
  const isRead = configuration.sockets.some(({ name }) => name === socket.replace(/^\{configdirectory\}/i, directory));
  if (!isRead) {
    const message = `Cyrus sends to ${socket}, and belfry receives on ${configuration.sockets.map(({ name }) => name).join(' ')}`;
    const remedy = 'write the same notifysocket in both files, unless another process passes that socket to belfry';
    problems.push({ ...placeOf('notifysocket'), ...warning(message, remedy) });
  }
  if (byName.has('event_notifier')) {
    const groups = splitWords(byName.get('event_groups')?.value ?? 'message mailbox').map((word) => word.toLowerCase());
    const asking = configuration.notifiers.map(({ name, selection }) => ({ name, selection, filters: { groups } }));
    problems.push(...undeliverable(asking, () => placeOf('event_groups'), true));
  }
  return problems;
}
