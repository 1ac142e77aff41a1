/** A row: events that wait are examined, and the notifier does nothing with them. */
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 100_000;

export const nullBacklog = defineRow({
  name: 'null',
  figures: { each: { what: 'null notifier, 100,000 waiting', unit: 'us', before: '17 to 20', target: 9 } },
  async measure({ serve, scale }) {
    const count = waiting * scale;
    const lines = () => ['notifiers: none', 'none_method: null', 'none_from: beginning'];
    return { each: await drain(await serve(lines, count), ['none'], count) };
  },
});
