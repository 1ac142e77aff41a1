/** All documents that are made from the code, by the names of their files. */

import { version } from '../src/base/version.ts';
import { commandLine } from '../src/cli/command-line.ts';
import { methods } from '../src/notifier/table.ts';
import { loadSchemas } from '../src/schema/load-schemas.ts';
import { bashCompletion } from './completion.ts';
import { commandManual, configurationManual } from './manual.ts';

/** `date`: what the manual pages are dated, like `2026-11-21`. */
export async function documents(date: string): Promise<Readonly<Record<string, string>>> {
  const program = await commandLine({ out() {}, err() {}, exit() {} });
  const edition = { version: version(), date };
  const events = (await loadSchemas({})).catalogue().map(({ name }) => name);
  return {
    'belfry.8': commandManual(program, edition),
    'belfry.conf.5': configurationManual(methods, edition),
    'belfry.bash': bashCompletion(program, { events, methods: methods.map(({ name }) => name) }),
  };
}
