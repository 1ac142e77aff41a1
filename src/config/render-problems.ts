/** Mistakes of a configuration as lines of text, as compilers write them. */
import { printable } from '../base/printable.ts';
import type { ConfigProblem } from './problem.ts';

/** A line for each, `file:line: error: option: what is wrong (what would be right)`, each ending in a newline. */
export function renderProblems(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `${renderProblem(problem)}\n`).join('');
}

function renderProblem({ file, line, severity, option, message, remedy }: ConfigProblem): string {
  const subject = option === undefined ? '' : `${option}: `;
  const advice = remedy === undefined ? '' : ` (${remedy})`;
  return `${printable(file, 4096)}:${line}: ${severity}: ${subject}${message}${advice}`;
}
