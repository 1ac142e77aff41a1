/** Finds every regular expression in sources, so that none escapes the proof. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Expression as Node, parseSync, Visitor } from 'oxc-parser';

interface Expression {
  readonly file: string;
  readonly line: number;
  readonly pattern: string;
  readonly flags: string;
}

interface Found {
  readonly expressions: readonly Expression[];
  /** Files in which one is put together of what is only known when the program runs. */
  readonly unknown: readonly string[];
}

/** All literals, and all calls of `RegExp`, in the files of a directory whose names end in `extension`. */
export function expressionsIn(directory: string, extension: string): Found {
  const expressions: Expression[] = [];
  const unknown: string[] = [];
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith(extension)) continue;
    const file = relative(directory, join(directory, name));
    const text = readFileSync(join(directory, name), 'utf8');
    const { program, errors } = parseSync(name, text);
    if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
    const constants = new Map<string, string>();
    const add = (start: number, pattern: string, flags: string): void => {
      expressions.push({ file, line: text.slice(0, start).split('\n').length, pattern, flags });
    };
    const call = (node: { callee: Node; arguments: readonly unknown[]; start: number }): void => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'RegExp') return;
      const [pattern, flags] = (node.arguments as readonly (Node | undefined)[]).map((each) =>
        constantOf(each, constants),
      );
      if (pattern === undefined) unknown.push(file);
      else add(node.start, pattern, flags ?? '');
    };
    new Visitor({
      VariableDeclarator({ id, init }) {
        const value = init === null ? undefined : constantOf(init, constants);
        if (id.type === 'Identifier' && value !== undefined) constants.set(id.name, value);
      },
      Literal(node) {
        if ('regex' in node) add(node.start, node.regex.pattern, node.regex.flags);
      },
      CallExpression: call,
      NewExpression: call,
    }).visit(program);
  }
  return { expressions, unknown };
}

/** Of a string, a number, or a template of such; undefined for anything else. */
function constantOf(node: Node | undefined, constants: ReadonlyMap<string, string>): string | undefined {
  if (node === undefined) return undefined;
  if (node.type === 'Literal')
    return typeof node.value === 'string' || typeof node.value === 'number' ? String(node.value) : undefined;
  if (node.type === 'Identifier') return constants.get(node.name);
  if (node.type !== 'TemplateLiteral') return undefined;
  const values = node.expressions.map((each) => constantOf(each, constants));
  if (values.some((value) => value === undefined)) return undefined;
  return node.quasis.map(({ value }, index) => `${value.cooked ?? ''}${values[index] ?? ''}`).join('');
}
