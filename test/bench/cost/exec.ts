/** A row: belfry's own share in running a program for each event, without what the program uses. */
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 1000;

export const exec = defineRow({
  name: 'exec',
  figures: {
    each: {
      what: 'exec, one process for each event: the share of belfry',
      unit: 'us',
      before: '1,600 to 2,000',
      target: 250,
    },
  },
  async measure({ serve, scale }) {
    const count = waiting * scale;
    const lines = () => [
      ...['notifiers: run', 'run_method: exec', 'run_exec_program: /bin/true', 'run_from: beginning'],
      ...['order: none', 'concurrency: 8'],
    ];
    return { each: await drain(await serve(lines, count), ['run'], count) };
  },
});
