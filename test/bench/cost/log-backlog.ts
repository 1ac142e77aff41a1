/** A row: events that wait are delivered to a log file. */
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 100_000;

export const logBacklog = defineRow({
  name: 'log',
  figures: { each: { what: 'delivered to a log file, 100,000 waiting', unit: 'us', before: '27 to 39', target: 15 } },
  async measure({ serve, scale }) {
    const count = waiting * scale;
    const lines = (home: string) => [
      ...['notifiers: audit', 'audit_method: log', `audit_log_file: ${home}/events.log`, 'audit_from: beginning'],
    ];
    return { each: await drain(await serve(lines, count), ['audit'], count) };
  },
});
