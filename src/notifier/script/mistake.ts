/** Finds in what Node writes about an exception that nobody catches where it was thrown, and what it says. */
import { printable } from '../../base/printable.ts';

/** `/etc/belfry/events.mjs:3: SyntaxError: …`; undefined when it is about no exception. `file` stands for a place that is not named. */
export function mistakeIn(stderr: string, file: string): string | undefined {
  const lines = stderr.split('\n');
  const place = lines.find((line) => /^(?:file:\/\/)?\/.*:[0-9]+$/.test(line)) ?? file;
  const what = lines.find((line) => /^[A-Za-z]*Error\b/.test(line));
  return what === undefined ? undefined : printable(`${place.replace(/^file:\/\//, '')}: ${what}`, 500);
}
