/** A row: events that wait are delivered to a log file. */
import { backlogRow } from './waiting.ts';

export const logBacklog = backlogRow(
  'log',
  { what: 'delivered to a log file, 100,000 waiting', unit: 'us', before: '27 to 39', target: 15 },
  100_000,
  ['audit'],
  (home) => ['notifiers: audit', 'audit_method: log', `audit_log_file: ${home}/events.log`, 'audit_from: beginning'],
);
