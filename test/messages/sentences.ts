/** Finds the sentences that people read in the sources: what is logged, and string literals of several words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

interface Sentences {
  /** Messages of log calls. */
  readonly logged: readonly string[];
  /** All other literals of at least three words; `…` stands for a value. */
  readonly others: readonly string[];
}

const levels = new Set(['fatal', 'error', 'warn', 'info', 'debug']);
/** Longer ones are lists of names. */
const longest = 2000;

/** The sentences of one file. */
export function sentencesOf(path: string): Sentences {
  const { program, errors } = parseSync(path, readFileSync(path, 'utf8'));
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const found = new Map<number, string>();
  const logged = new Set<number>();
  new Visitor({
    Literal(node) {
      if (typeof node.value === 'string') found.set(node.start, node.value);
    },
    TemplateLiteral(node) {
      found.set(node.start, node.quasis.map(({ value }) => value.cooked ?? value.raw).join('…'));
    },
    CallExpression(node) {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      if (levels.has(callee.property.name)) for (const argument of node.arguments) logged.add(argument.start);
    },
  }).visit(program);
  const entries = [...found].filter(([, text]) => text.length < longest);
  return {
    logged: entries.filter(([at, text]) => logged.has(at) && /[a-z]/.test(text)).map(([, text]) => text),
    others: entries.filter(([at, text]) => !logged.has(at) && wordsIn(text) >= 3).map(([, text]) => text),
  };
}

function wordsIn(text: string): number {
  return text.includes(' ') ? (text.replaceAll('…', ' ').match(/[A-Za-z]{2,}/g)?.length ?? 0) : 0;
}

/** The TypeScript files below `folder`, in a fixed order. */
export function sourcesIn(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.sort().map((name) => join(folder, name));
}
