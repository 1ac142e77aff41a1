/** Finds the assertions that repeat a sentence of the sources, and so would fail whenever somebody improves it. */
import { readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';

export interface Repeated {
  readonly line: number;
  /** The first words in a row that the assertion has from a sentence. */
  readonly words: string;
}

const matchers = /^(to[A-Z]\w*|stringContaining|stringMatching|objectContaining|arrayContaining)$/;
/** Three in a row also occur by accident (`the disk is`). */
const wordsInARow = 4;

/** Arguments of matchers in the file at `path` that have four words in a row of the sentences, by `runs`. */
export function repeatedIn(path: string, runs: ReadonlySet<string>): readonly Repeated[] {
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
    return words === undefined ? [] : [{ line: text.slice(0, at).split('\n').length, words }];
  });
}

/** Each four words in a row of `text`, between which stand only spaces and commas. */
export function runsOf(text: string): readonly string[] {
  return text.split(/[^A-Za-z ,]|\\./).flatMap((part) => {
    const words = part.match(/[A-Za-z]+/g) ?? [];
    return words.slice(wordsInARow - 1).map((_, index) => words.slice(index, index + wordsInARow).join(' '));
  });
}
