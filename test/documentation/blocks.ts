/** Finds the documents that people read, and the fenced blocks of one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** README.md and the pages of docs that are written by hand: what is generated is compared with the code instead. */
export const documentNames: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('reference/'))
    .map((name) => `docs/${name}`)
    .sort(),
];

export interface Block {
  /** The first word after the fence; empty when there is none. */
  readonly language: string;
  /** Where it begins, like `README.md:34`. */
  readonly place: string;
  /** Without the indentation of its list. */
  readonly text: string;
}

export function blocksIn(name: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { readonly indent: string; readonly language: string; readonly place: string; lines: string[] } | undefined;
  for (const [index, line] of readFileSync(join(root, name), 'utf8').split('\n').entries()) {
    const fence = /^(\s*)```(\S*)/.exec(line);
    if (fence !== null && open === undefined) {
      const [, indent = '', language = ''] = fence;
      open = { indent, language, place: `${name}:${index + 1}`, lines: [] };
    } else if (fence !== null && open !== undefined) {
      const { language, place, lines } = open;
      blocks.push({ language, place, text: `${lines.join('\n')}\n` });
      open = undefined;
    } else open?.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
  }
  return blocks;
}
