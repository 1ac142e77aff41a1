/** Finds the assertions that repeat a sentence of the sources, and so would fail whenever somebody improves it. */
import { readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';

export interface Asserted {
  readonly line: number;
  /** What the assertion compares, with `…` for a value. */
  readonly text: string;
  /** The first three words in a row that it has from a sentence of the sources. */
  readonly words: string;
}

const matchers = /^(to[A-Z]\w*|stringContaining|stringMatching|objectContaining|arrayContaining)$/;

/** Assertions of the file at `path` that contain three words in a row of `sentences`. */
export function assertedIn(path: string, runs: ReadonlySet<string>): readonly Asserted[] {
  const text = readFileSync(path, 'utf8');
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const ranges: [number, number][] = [];
  const literals = new Map<number, string>();
  new Visitor({
    CallExpression({ callee, arguments: given }) {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      if (matchers.test(callee.property.name)) for (const { start, end } of given) ranges.push([start, end]);
    },
    Literal(node) {
      if (typeof node.value === 'string') literals.set(node.start, node.value);
      else if ('regex' in node) literals.set(node.start, node.regex.pattern);
    },
    TemplateLiteral(node) {
      literals.set(node.start, node.quasis.map(({ value }) => value.cooked ?? value.raw).join('…'));
    },
  }).visit(program);
  return [...literals].flatMap(([at, literal]) => {
    if (!ranges.some(([start, end]) => start <= at && at < end)) return [];
    const words = runsOf(literal).find((run) => runs.has(run));
    return words === undefined ? [] : [{ line: text.slice(0, at).split('\n').length, text: literal, words }];
  });
}

/** Each three words in a row of `text`. */
export function runsOf(text: string): readonly string[] {
  return text.split(/[^A-Za-z ,]|\\./).flatMap((part) => {
    const words = part.match(/[A-Za-z]+/g) ?? [];
    return words.slice(2).map((word, index) => `${words[index]} ${words[index + 1]} ${word}`);
  });
}
