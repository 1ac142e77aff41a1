/** A row: eight notifiers deliver the same events, each to a log file of its own. */
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 20_000;
const names = Array.from({ length: 8 }, (_, i) => `audit${i + 1}`);

export const eightLogs = defineRow({
  name: 'eight-logs',
  figures: { each: { what: '8 log notifiers, 20,000 waiting', unit: 'us', before: '206 to 246', target: 60 } },
  async measure({ serve, scale }) {
    const count = waiting * scale;
    const lines = (home: string) => [
      ...[`notifiers: ${names.join(' ')}`, 'from: beginning'],
      ...names.flatMap((name) => [`${name}_method: log`, `${name}_log_file: ${home}/${name}.log`]),
    ];
    return { each: await drain(await serve(lines, count), names, count) };
  },
});
