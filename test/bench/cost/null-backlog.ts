/** A row: events that wait are examined, and the notifier does nothing with them. */
import { backlogRow } from './waiting.ts';

export const nullBacklog = backlogRow(
  'null',
  { what: 'null notifier, 100,000 waiting', unit: 'us', before: '17 to 20', target: 9 },
  100_000,
  ['none'],
  () => ['notifiers: none', 'none_method: null', 'none_from: beginning'],
);
