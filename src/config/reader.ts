/** Reads a file in imapd.conf syntax, and what it includes, into settings; collects everything that is wrong on the way. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { BelfryError, codeOf, messageOf } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { error, type Problem, warning } from '../option/problem.ts';
import { type LogicalLine, logicalLines } from './logical-lines.ts';
import { type ConfigProblem, type Place, problemList } from './problem.ts';
import { parseSettingLine } from './setting-line.ts';

/** One `name: value`. The name is in lower case; the value has no white space at its ends and is never empty. */
export interface Setting extends Place {
  readonly name: string;
  readonly value: string;
}

export interface ReadConfiguration {
  /** The files that were read, in the order in which they were begun. */
  readonly files: readonly string[];
  /** In the order of the files; of an option given twice only the first. */
  readonly settings: readonly Setting[];
  readonly problems: readonly ConfigProblem[];
}

const limits = { files: 64, depth: 16, settings: 10_000 };

/**
 * Reads as Cyrus `lib/libconfig.c` does. `read` answers with the text of a file or throws; relative paths mean the
 * working directory, also in an `@include`.
 *
 * Goes on after a mistake as if its line were not there. Throws BelfryError NO_INPUT when `file` itself cannot be read.
 */
export function readConfiguration(file: string, read: (path: string) => string): ReadConfiguration {
  const problems = problemList();
  const files: string[] = [];
  const seen = new Set<string>();
  const settings = new Map<string, Setting>();

  visit(file, mainText(file, read), 1);
  return { files, settings: [...settings.values()], problems: problems.all };

  function visit(path: string, text: string, depth: number): void {
    files.push(path);
    seen.add(resolve(path));
    const nul = text.indexOf('\0');
    if (nul !== -1) {
      const line = text.slice(0, nul).split('\n').length;
      const message = 'this line contains a NUL byte: this is not a text file, and belfry uses none of it';
      problems.add({ file: path, line, ...error(message) });
      return;
    }
    for (const line of logicalLines(text.replace(/^\uFEFF/, ''))) visitLine(path, line, depth);
  }

  function visitLine(path: string, { parts, line, complete }: LogicalLine, depth: number): void {
    const place = { file: path, line };
    const parsed = parseSettingLine(parts.join(''));
    if (parsed.kind === 'blank') return;
    if (parsed.kind === 'comment') {
      warnOfSwallowed(path, parts, line);
    } else if (!complete) {
      const message = 'the file ends where this line should continue, so the line is ignored (Cyrus does the same)';
      problems.add({ ...place, ...warning(message, 'remove the backslash at its end') });
    } else if (parsed.kind === 'problem') {
      const { problem, option } = parsed;
      problems.add({ ...place, ...(option === undefined ? {} : { option }), ...problem });
    } else {
      const problem = take({ name: parsed.name, value: parsed.value, ...place }, depth);
      if (problem) problems.add({ ...place, option: parsed.name, ...problem });
    }
  }

  function take({ name, value, file, line }: Setting, depth: number): Problem | undefined {
    if (name === '@include') return include(value, { file, line }, depth);
    if (name.startsWith('@')) {
      return error('unknown directive', 'the only one is @include: FILE');
    }
    const first = settings.get(name);
    if (first) return error(`already set at ${first.file}:${first.line}`, 'remove one of the two');
    if (settings.size >= limits.settings) {
      return error(`more than ${limits.settings} options: this is not a configuration`);
    }
    settings.set(name, { name, value, file, line });
    if (value.endsWith('\\')) {
      const message = 'the backslash at the end is part of the value and does not continue the line';
      problems.add({ file, line, option: name, ...warning(message, 'remove everything after it') });
    }
    return undefined;
  }

  function include(path: string, from: Place, depth: number): Problem | undefined {
    if (seen.has(resolve(path))) return error(`${path} is already included`, 'include each file once');
    if (depth >= limits.depth) return error(`files include each other more than ${limits.depth} deep`);
    if (files.length >= limits.files) return error(`more than ${limits.files} files`);
    let text: string;
    try {
      text = read(path);
    } catch (thrown) {
      const message = `cannot read ${path}: ${reasonOf(thrown)}`;
      if (isAbsolute(path)) return error(message);
      const beside = join(dirname(resolve(from.file)), path);
      return error(message, `a relative path starts at the working directory; write the whole path: ${beside}`);
    }
    visit(path, text, depth + 1);
    return undefined;
  }

  /** A comment that ends in a backslash takes the next line with it, which nobody ever means. */
  function warnOfSwallowed(path: string, parts: readonly string[], first: number): void {
    for (const [index, part] of parts.entries()) {
      const option = /^[ \t]*([A-Za-z0-9_-]+):[ \t]*[^ \t]/.exec(part)?.[1];
      if (index === 0 || option === undefined) continue;
      const message = `this line belongs to the comment that begins on line ${first} and continues after a backslash`;
      problems.add({ file: path, line: first + index, option, ...warning(message, 'remove that backslash') });
    }
  }
}

function mainText(path: string, read: (path: string) => string): string {
  try {
    return read(path);
  } catch (cause) {
    const remedy = failures.get(codeOf(cause) ?? '')?.remedy;
    const what = `cannot read the configuration file ${printable(path, 300)}: ${reasonOf(cause)}`;
    throw new BelfryError('NO_INPUT', remedy === undefined ? what : `${what}; ${remedy}`, { cause });
  }
}

/** By the codes of the system; the remedies are for the main file. */
const failures = new Map([
  ['ENOENT', { reason: 'the file does not exist', remedy: 'create it (see belfry.conf(5)) or name another with -C' }],
  ['EACCES', { reason: 'permission denied', remedy: 'run this as root or as the user of the daemon' }],
  ['EISDIR', { reason: 'it is a directory', remedy: 'name the file in it with -C' }],
]);

function reasonOf(thrown: unknown): string {
  return failures.get(codeOf(thrown) ?? '')?.reason ?? messageOf(thrown);
}
