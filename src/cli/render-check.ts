/** What `belfry check` prints: everything that is wrong, and every value in force with where it comes from. */
import { escapedJson, printable } from '../base/printable.ts';
import type { InForce, Source } from '../config/evaluator.ts';
import type { Loaded } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { count, wrap } from './table.ts';

/** Longer values are wrapped between words. */
const valueWidth = 48;
const maxValueLength = 4000;

/**
 * What is in force and the verdict, for a terminal or a file, without colours, ending in a newline. `changed`: only what is
 * not a default.
 */
export function renderCheck(loaded: Loaded, changed = false): string {
  const lines = [...renderFiles(loaded), ...renderInForce(loaded, changed)];
  return `${lines.map((line) => `${line.trimEnd()}\n`).join('')}\n${verdict(loaded.problems)}\n`;
}

/** One JSON object: `{ok, files, problems, values}`, with the fields of ConfigProblem and InForce. */
export function renderJson({ configuration, files, problems, inForce }: Loaded, changed = false): string {
  const values = inForce.filter(({ source }) => !changed || isWritten(source));
  return escapedJson(JSON.stringify({ ok: configuration !== undefined, files, problems, values }));
}

function verdict(problems: readonly ConfigProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ];
  const found = counts.length === 0 ? 'No mistakes' : counts.join(', ');
  return `${found}: ${errors > 0 ? 'belfry does not start with this configuration' : 'belfry can start with this configuration'}.`;
}

function renderFiles({ files, ignored }: Loaded): readonly string[] {
  const [main = '', ...included] = files.map((file) => printable(file, 4096));
  const lines = [`Configuration ${main}`, ...included.map((file) => `     includes ${file}`)];
  if (ignored > 0) lines.push(`${count(ignored, 'option')} of Cyrus ignored by belfry`);
  return lines;
}

function isWritten(source: Source): boolean {
  return source.kind === 'inherited' ? isWritten(source.source) : source.kind === 'file';
}

function renderInForce({ inForce: all, configuration }: Loaded, changed: boolean): readonly string[] {
  const inForce = all.filter(({ source }) => !changed || isWritten(source));
  const nameWidth = Math.max(...inForce.map(({ option }) => option.length), 0);
  const lines: string[] = [];
  let section = '';
  for (const entry of inForce) {
    if (entry.section !== section) lines.push('', entry.section);
    section = entry.section;
    lines.push(...renderEntry(entry, nameWidth));
  }
  if (configuration && !changed) {
    const { builtIns, defaultNotifiers, sieveNotifiers } = configuration;
    const names = (notifiers: readonly string[]): string => notifiers.join(' ') || 'none';
    lines.push(
      '',
      'Notifiers for requests',
      `  that name no method                         ${names(defaultNotifiers)}`,
      `  from Sieve, at most                         ${names(sieveNotifiers)}`,
      `  that name a built-in notifier               ${names(builtIns.map(({ name }) => name))}`,
    );
  }
  return lines;
}

function renderEntry({ option, value, absent, source }: InForce, nameWidth: number): readonly string[] {
  const text = value === undefined ? `(${absent ?? 'not set'})` : printable(value, maxValueLength);
  const [first = '', ...rest] = wrap(text, valueWidth);
  const name = option.padEnd(nameWidth);
  return [
    `  ${name}  ${first.padEnd(valueWidth)}  ${renderSource(source)}`,
    ...rest.map((line) => `  ${' '.repeat(nameWidth)}  ${line}`),
  ];
}

function renderSource(source: Source): string {
  switch (source.kind) {
    case 'default':
      return 'default';
    case 'file': {
      const place = `${printable(source.file, 4096)}:${source.line}`;
      return source.as === undefined ? place : `${place} (${printable(source.as)})`;
    }
    case 'inherited':
      return `${renderSource(source.source)} (${source.from})`;
  }
}
