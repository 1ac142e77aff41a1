/** Writes the reference of the commands, as Markdown, out of the command line itself: what is documented is what is parsed. */
import type { Command } from 'commander';

/** Headings begin at level 3. Ends in a newline. */
export function commandReference(program: Command): string {
  const blocks = program.commands.map((command) => section(command, `${program.name()} `));
  return `${blocks.join('\n\n')}\n`;
}

function section(command: Command, prefix: string): string {
  const name = `${prefix}${command.name()}`;
  const usage = `${name} ${command.usage()}`.replace(/ \[command\]$/, '');
  const rows = [
    ...command.registeredArguments.map((argument) => [argument.name(), argument.description]),
    ...command.options.map(({ flags, description }) => [flags, description]),
  ];
  const parts = [`### ${name}`, `    ${usage}`, command.description()];
  if (rows.length > 0) parts.push(table(rows));
  for (const subcommand of command.commands) parts.push(section(subcommand, `${name} `));
  return parts.join('\n\n');
}

function table(rows: readonly (readonly string[])[]): string {
  const line = ([flags = '', meaning = '']: readonly string[]): string =>
    `| \`${flags}\` | ${meaning.replaceAll('|', '\\|')} |`;
  return ['| Flag | Meaning |', '| --- | --- |', ...rows.map(line)].join('\n');
}
