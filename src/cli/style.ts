/** Colours of a terminal, in few words; none where there is no terminal. */
import { styleText } from 'node:util';
import type { CommandIo } from './io.ts';

type Format = Parameters<typeof styleText>[0];
/** Of a text in which nothing steers the terminal. */
export type Style = (format: Format, text: string) => string;

/** What the output may use: `NO_COLOR` (no-color.org) forbids it. */
export function styleFor({ columns }: Pick<CommandIo, 'columns'>, environment: NodeJS.ProcessEnv): Style {
  if (columns === undefined || (environment['NO_COLOR'] ?? '') !== '') return (_, text) => text;
  return (format, text) => styleText(format, text, { validateStream: false });
}
