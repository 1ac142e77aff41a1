/** A mistake in the configuration: where it stands, what is wrong and what would be right. */
import { printable } from '../base/printable.ts';
import { error, type Problem } from '../option/problem.ts';

/** A line of a file; both as the administrator knows them. */
export interface Place {
  readonly file: string;
  /** 1 for the first line. */
  readonly line: number;
}

/** The line of an option, which is named as it is written there. */
export type OptionPlace = Place & { readonly option: string };

/** Where a setting stands. */
export function placeOf({ file, line, name }: Place & { readonly name: string }): OptionPlace {
  return { file, line, option: name };
}

export interface ConfigProblem extends Place, Problem {
  /** The option as it is written in the file, where one is concerned. */
  readonly option?: string;
}

/** More than this many problems mean that the file is no configuration at all. */
const maxProblems = 1000;

export interface ProblemList {
  add(problem: ConfigProblem): void;
  readonly all: readonly ConfigProblem[];
}

/** Collects problems up to a bound, safe to print: names and values in them come out of the file as they are. */
export function problemList(): ProblemList {
  const all: ConfigProblem[] = [];
  const known = new Set<string>();
  return {
    all,
    add(problem) {
      if (all.length > maxProblems) return;
      // Several notifiers can meet the same mistake.
      const { file: path, line: number, option, message } = problem;
      const key = JSON.stringify([path, number, option, message]);
      if (known.has(key)) return;
      known.add(key);
      if (all.length === maxProblems) {
        const { file, line } = problem;
        all.push({ file, line, ...error(`more than ${maxProblems} problems: the rest is not listed`) });
        return;
      }
      all.push({
        ...problem,
        ...(problem.option === undefined ? {} : { option: printable(problem.option, 200) }),
        message: printable(problem.message, 1000),
        ...(problem.remedy === undefined ? {} : { remedy: printable(problem.remedy, 1000) }),
      });
    },
  };
}

/**
 * A line for each, `file:line: error: option: what is wrong (what would be right)`, as compilers write them, each ending in a
 * newline; below it the excerpt of one that has one.
 */
export function renderProblems(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `${renderProblem(problem)}\n`).join('');
}

function renderProblem({ file, line, severity, option, message, remedy, excerpt }: ConfigProblem): string {
  const subject = option === undefined ? '' : `${option}: `;
  const advice = remedy === undefined ? '' : ` (${remedy})`;
  const head = `${printable(file, 4096)}:${line}: ${severity}: ${subject}${message}${advice}`;
  return excerpt === undefined ? head : `${head}\n${renderExcerpt(excerpt)}`;
}

/** So many characters are shown on each side of the place. */
const excerptWidth = 60;

function renderExcerpt({ text, at }: NonNullable<Problem['excerpt']>): string {
  const from = at > excerptWidth ? at - excerptWidth : 0;
  const before = `    ${from > 0 ? '…' : ''}${printable(text.slice(from, at))}`;
  const after = printable(text.slice(at, at + excerptWidth));
  return `${before}${after}${at + excerptWidth < text.length ? '…' : ''}\n${' '.repeat([...before].length)}^`;
}
