/** The pages of docs/reference, made from the code that reads the command line and the configuration. */

import { errorCodes } from '../src/base/error.ts';
import { commandLine } from '../src/cli/command-line.ts';
import { declarations } from '../src/metrics/declarations.ts';
import { latencyBoundsMs } from '../src/metrics/histogram.ts';
import { methods } from '../src/notifier/table.ts';
import { commandReference } from './command-reference.ts';
import { configurationReference } from './configuration-reference.ts';
import { metricReference } from './metric-reference.ts';

const made = (from: string): string =>
  `<!-- Made from ${from}. To write it anew: UPDATE=1 npx vitest run test/readme.test.ts -->`;

/** By the names of their files, which are those of docs/reference. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const program = await commandLine({ out() {}, err() {}, exit() {} });
  return {
    'commands.md': page(
      '# Commands',
      made('src/cli'),
      'Without a command, `belfry` means `belfry serve`. Each command has `--help`; `belfry --version` prints the version.',
      asChapters(commandReference(program)).replace(/^Shared flags: /gm, '[Shared flags](#shared-flags): '),
      '## Exit status',
      'Every command ends with a status of sysexits(3); 0 means success. Errors that end a command carry one of these codes:',
      errorTable(),
    ),
    'configuration.md': page(
      '# Configuration',
      made('the option tables in src'),
      asChapters(configurationReference(methods)),
    ),
    'metrics.md': page(
      '# Metrics',
      made('src/metrics/declarations.ts'),
      `What \`/metrics\` answers, in the text format of Prometheus. Counters begin at 0 when the daemon starts. Histograms of durations have the buckets ${latencyBoundsMs.map((ms) => ms / 1000).join(', ')} (seconds). A label has few values: a type of event or a class that belfry does not know counts as \`other\`, and no label names a user, a mailbox or an address of a client.`,
      metricReference(declarations),
    ),
  };
}

const page = (...parts: readonly string[]): string => `${parts.map((part) => part.trim()).join('\n\n')}\n`;

/** The headings of a reference begin at level 3, as a part of a page; here they are those of the page. */
const asChapters = (reference: string): string => reference.replace(/^### /gm, '## ');

function errorTable(): string {
  const rows = Object.entries(errorCodes).map(([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`);
  return ['| Code | Exit status | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
