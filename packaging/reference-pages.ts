/** The pages of docs/reference, made from the code that reads the command line and the configuration. */

import { errorCodes } from '../src/base/error.ts';
import { commandLine } from '../src/cli/command-line.ts';
import { methods } from '../src/notifier/table.ts';
import { commandReference } from './command-reference.ts';
import { configurationReference } from './configuration-reference.ts';

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
  };
}

const page = (...parts: readonly string[]): string => `${parts.map((part) => part.trim()).join('\n\n')}\n`;

/** The headings of a reference begin at level 3, as a part of a page; here they are those of the page. */
const asChapters = (reference: string): string => reference.replace(/^### /gm, '## ');

function errorTable(): string {
  const rows = Object.entries(errorCodes).map(([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`);
  return ['| Code | Exit status | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}
