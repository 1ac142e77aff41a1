/** What a stopped daemon has left in its spool, for the commands of an administrator. */
import { statSync } from 'node:fs';
import type { AdminContext } from '../admin/context.ts';
import { BelfryError } from '../base/error.ts';
import type { Configuration } from '../config/configuration.ts';
import { createExaminer } from '../examine/examiner.ts';
import { spoolEngine } from '../spool/table.ts';
import { adminContext } from './admin-context.ts';
import { compileRules } from './generation.ts';

/** The spool of a stopped daemon. */
export interface OfflineSpool {
  readonly tools: AdminContext;
  close(): Promise<void>;
}

/**
 * Opens what a stopped daemon has left, for commands that find none running. `warn` gets what is wrong with it. Throws
 * BelfryError SOCKET_ABSENT with the remedy when there is nothing, SPOOL_LOCKED when a daemon runs after all, SPOOL_OPEN.
 */
export async function openOfflineSpool(
  configuration: Configuration,
  warn: (text: string) => void,
): Promise<OfflineSpool> {
  const { controlSocket, spool: settings } = configuration;
  const { engine, ...location } = settings;
  const { directory } = location;
  const { openOffline } = spoolEngine(engine);
  const remedy = 'start it (belfry serve), or name its configuration (-C)';
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new BelfryError(
      'SOCKET_ABSENT',
      `no daemon answers on ${controlSocket}, and ${directory} does not exist; ${remedy}`,
    );
  }
  // The daemon could not open what root creates there.
  if (process.geteuid?.() === 0 && found.uid !== 0) {
    process.setegid?.(found.gid);
    process.seteuid?.(found.uid);
  }
  const rules = await compileRules(configuration).catch((thrown: unknown) => {
    if (!(thrown instanceof BelfryError && thrown.code === 'SCHEMA')) throw thrown;
    // They only say of an event what it is: what is in the spool can be shown and dropped without them.
    warn(`belfry: ${thrown.message}; using only the built-in schemas\n`);
    const { schemaDirectory: _, ...rest } = configuration;
    return compileRules(rest);
  });
  const spool = await openOffline(location, {
    ...{ now: Date.now, random: Math.random },
    onDiscard: ({ consumer, count }) =>
      warn(`discarded ${count} dead letters of ${consumer}: their share of spool_max_size is full\n`),
    onDamaged: (_, number) => warn(`skipped ${number} damaged entries of the spool\n`),
    onSalvaged: (_, { requests, deferred, dead }) =>
      warn(`copied ${requests} requests, ${deferred} deferred entries and ${dead} dead letters to the new one\n`),
    onMovedAside: (path, reason) => warn(`the spool was damaged (${reason}); moved it to ${path}\n`),
  });
  const examiner = createExaminer(rules.parts, spool.notes?.condemned);
  const tools = adminContext({
    spool,
    configuration: () => configuration,
    examiner: () => examiner,
    route(notifier, entry) {
      const chooser = rules.choosers.find(({ name }) => name === notifier);
      return chooser && examiner.route(entry, chooser);
    },
    standings: () => new Map(),
    pause: (_, act) => act({ underWay: new Set(), probe() {} }),
  });
  return { tools, close: () => spool.close() };
}
