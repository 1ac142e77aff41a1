/** Turns the Markdown that our references are written in into man(7): one source for docs/reference and the manual pages. */

/** How a heading of level 3 appears: as a section, or as a part of one. */
export type HeadingMacro = 'SH' | 'SS';

/**
 * Knows what the references use: headings, paragraphs, lists, tables whose first column is what is explained, lines of
 * code, and `code` or **strong** within a line. Ends in a newline. Throws for a construct that it does not know.
 */
export function roffOf(markdown: string, heading: HeadingMacro): string {
  const blocks = markdown.trim().split(/\n{2,}|(?<=^### .*)\n/m);
  const roff = blocks.map((block) => blockOf(block, heading)).join('');
  // A heading begins a paragraph by itself.
  return roff.replaceAll(/^(\.S[HS] .*\n)\.PP\n/gm, '$1');
}

function blockOf(block: string, heading: HeadingMacro): string {
  const title = /^### (.*)$/.exec(block)?.[1];
  if (title !== undefined) return `.${heading} ${quoted(heading === 'SH' ? title.toUpperCase() : title)}\n`;
  if (block.startsWith('|')) return tableOf(block);
  if (block.startsWith('- ')) return listOf(block);
  if (block.startsWith('    ')) return `.PP\n${line(`**${block.trim()}**`)}`;
  if (/^(?:#|>|```|\d+\. )/.test(block)) throw new Error(`no rule for this Markdown: ${block.slice(0, 60)}`);
  return `.PP\n${line(block)}`;
}

function listOf(block: string): string {
  const items = block.slice(2).split(/\n- /);
  return items.map((item) => `.IP \\(bu 2\n${line(item)}`).join('');
}

/** The last column explains the first; what is between them stands in parentheses behind it. */
function tableOf(block: string): string {
  const [head = [], , ...rows] = block.split('\n').map(cellsOf);
  return rows.map((cells) => `.TP\n${line(term(head, cells))}${line(cells.at(-1) ?? '')}`).join('');
}

function term(head: readonly string[], cells: readonly string[]): string {
  const [name = ''] = cells;
  const label = name.startsWith('`') ? name : `**${name}**`;
  const between = cells.slice(1, -1).map((cell, index) => {
    return head[index + 1] === 'Default' && cell !== '**required**' ? `default: ${cell}` : cell;
  });
  return between.length === 0 ? label : `${label} (${between.join('; ')})`;
}

function cellsOf(row: string): readonly string[] {
  const cells = row.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** A paragraph as one line of input: nothing of it can be taken for a request. */
function line(text: string): string {
  const parts = text.replace(/\s*\n\s*/g, ' ').split(/(`` .*? ``|`[^`]*`|\*\*.*?\*\*)/);
  const roff = parts.map((part) => {
    const code = /^`` (.*) ``$/.exec(part)?.[1] ?? /^`(.*)`$/.exec(part)?.[1];
    if (code !== undefined) return `\\fB${escaped(code).replaceAll('-', '\\-')}\\fR`;
    const strong = /^\*\*(.*)\*\*$/.exec(part)?.[1];
    return strong === undefined ? escaped(part) : `\\fB${escaped(strong).replaceAll('-', '\\-')}\\fR`;
  });
  return `${roff.join('').replace(/^(?=[.'])/, '\\&')}\n`;
}

const special: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '~': '\\(ti',
  '^': '\\(ha',
  '`': '\\(ga',
  "'": '\\(aq',
};

/** Every character as itself. */
function escaped(text: string): string {
  return text.replace(/[\\~^`']/g, (character) => special[character] ?? character);
}

/** An argument of a macro. */
export function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '\\(dq')}"`;
}
