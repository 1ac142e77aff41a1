/** A row: eight notifiers deliver the same events, each to a log file of its own. */
import { backlogRow } from './waiting.ts';

const names = Array.from({ length: 8 }, (_, i) => `audit${i + 1}`);

export const eightLogs = backlogRow(
  'eight-logs',
  { what: '8 log notifiers, 20,000 waiting', unit: 'us', before: '206 to 246', target: 60 },
  20_000,
  names,
  (home) => [
    ...[`notifiers: ${names.join(' ')}`, 'from: beginning'],
    ...names.flatMap((name) => [`${name}_method: log`, `${name}_log_file: ${home}/${name}.log`]),
  ],
);
