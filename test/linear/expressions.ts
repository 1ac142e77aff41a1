/** Finds every regular expression in sources, so that none escapes the proof. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

interface Expression {
  /** File and line. */
  readonly place: string;
  readonly pattern: string;
  readonly flags: string;
}

export interface Found {
  readonly expressions: readonly Expression[];
  /** Expressions that are put together when the program runs: the file of each. */
  readonly computed: readonly string[];
}

/** All literals, and all calls of `RegExp`, in the files of a directory whose names end in `extension`. */
export function expressionsIn(directory: string, extension: string): Found {
  const expressions: Expression[] = [];
  const computed: string[] = [];
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith(extension)) continue;
    const file = join(directory, name);
    const text = readFileSync(file, 'utf8');
    const { program, errors } = parseSync(file, text);
    if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
    const call = ({ callee }: { callee: unknown }): void => {
      const isExpression =
        typeof callee === 'object' && callee !== null && 'name' in callee && callee.name === 'RegExp';
      if (isExpression) computed.push(relative(directory, file));
    };
    new Visitor({
      Literal(node) {
        if (!('regex' in node)) return;
        const line = text.slice(0, node.start).split('\n').length;
        expressions.push({ place: `${relative(directory, file)}:${line}`, ...node.regex });
      },
      CallExpression: call,
      NewExpression: call,
    }).visit(program);
  }
  return { expressions, computed };
}
