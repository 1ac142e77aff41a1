/**
 * Writes the reference of the commands, as Markdown, out of the command line itself: what is documented is what is parsed.
 * A flag that several commands have in the same words is described once.
 */
import type { Command } from 'commander';

/** What a command takes: an argument or a flag. */
interface Word {
  /** `id`, or `-C, --config <file>`. */
  readonly flags: string;
  readonly meaning: string;
}

/** So many commands have a flag before it is described once for all of them. */
const several = 3;

const sharedHeading = 'Shared flags';

/** Headings begin at level 3. Ends in a newline. */
export function commandReference(program: Command): string {
  const commands = program.commands.flatMap(withSubcommands);
  const shared = sharedWords(commands);
  const blocks = commands.map((command) => section(command, shared));
  if (shared.length > 0) {
    const sentence = 'Several commands have these flags; the section of each command lists its own.';
    blocks.push([`### ${sharedHeading}`, sentence, table(shared)].join('\n\n'));
  }
  return `${blocks.join('\n\n')}\n`;
}

const withSubcommands = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
];

const wordsOf = (command: Command): readonly Word[] => [
  ...command.registeredArguments.map((argument) => ({ flags: argument.name(), meaning: argument.description })),
  ...command.options.map(({ flags, description }) => ({ flags, meaning: description })),
];

const sameAs =
  (one: Word) =>
  ({ flags, meaning }: Word): boolean =>
    flags === one.flags && meaning === one.meaning;

/** In the order in which they are met first. */
function sharedWords(commands: readonly Command[]): readonly Word[] {
  const all = commands.flatMap(wordsOf);
  const distinct = all.filter((word, index) => all.findIndex(sameAs(word)) === index);
  return distinct.filter((word) => all.filter(sameAs(word)).length >= several);
}

function section(command: Command, shared: readonly Word[]): string {
  const name = nameOf(command);
  const usage = `${name} ${command.usage()}`.replace(/ \[command\]$/, '');
  const words = wordsOf(command);
  const own = words.filter((word) => !shared.some(sameAs(word)));
  const others = words.filter((word) => shared.some(sameAs(word)));
  const parts = [`### ${name}`, `    ${usage}`, command.description()];
  if (own.length > 0) parts.push(table(own));
  if (others.length > 0)
    parts.push(`${sharedHeading}: ${others.map(({ flags }) => `\`${shortest(flags)}\``).join(' ')}`);
  return parts.join('\n\n');
}

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

/** `-C` of `-C, --config <file>`. */
const shortest = (flags: string): string => flags.split(/[ ,]/, 1)[0] ?? flags;

function table(words: readonly Word[]): string {
  const line = ({ flags, meaning }: Word): string => `| \`${flags}\` | ${meaning.replaceAll('|', '\\|')} |`;
  return ['| Flag | Meaning |', '| --- | --- |', ...words.map(line)].join('\n');
}
