import { expect, it } from 'vitest';
import { configurationReference } from '../../packaging/configuration-reference.ts';
import { sharedOptions } from '../../src/config/notifier-options.ts';
import { commonTable, formerKey } from '../../src/config/table.ts';
import { defineMethod } from '../../src/notifier/notifier.ts';
import { methods } from '../../src/notifier/table.ts';
import { docsOf } from '../../src/option/option.ts';
import { choice, text, toggle } from '../../src/option/types.ts';

const demo = defineMethod({
  name: 'demo',
  aliases: ['sample'],
  summary: 'Shows.',
  options: {
    colour: choice({ description: 'Which one.', default: 'red' }, ['red', 'blue']),
    key: text({ description: 'The key.', required: true, secret: true, example: 'a|b`c' }),
    program: text({ description: 'What to run.', inherits: 'sendmail' }),
    fast: toggle({ description: 'Whether to hurry.', inherits: 'postmaster', default: 'no' }),
  },
  open: () => Promise.reject(new Error('never')),
});

it('has a row for every option of the table', () => {
  const reference = configurationReference(methods);
  const former = new Set(methods.map(formerKey));
  for (const [name, option] of commonTable(methods)) {
    const row = `\n| \`${name in sharedOptions ? `NAME_${name}` : name}\` | `;
    expect(reference.includes(row), name).toBe(!docsOf(option).hidden && !former.has(name));
  }
  expect(reference).toContain('\n| `NAME_method` | ');
  for (const { name, summary } of methods) expect(reference).toContain(`\n### Method ${name}\n\n${summary}`);
});

it('writes tables of as many cells in every row, and explains each kind that is used and no other', () => {
  const lines = configurationReference([demo]).split('\n');
  for (const [index, line] of lines.entries()) {
    const head = lines
      .slice(0, index + 1)
      .findLast((one, at) => one.startsWith('|') && !lines[at - 1]?.startsWith('|'));
    const cells = (row: string) => row.replaceAll('\\|', '').split('|').length;
    if (line.startsWith('|') && head !== undefined) expect(cells(line)).toBe(cells(head));
  }
  expect(lines).toContainEqual(expect.stringMatching(/^\| switch \| /));
  expect(lines.some((line) => line.startsWith('| command |'))).toBe(false);
});

it('says of a method what it is called, and of its options all that is declared', () => {
  const reference = configurationReference([demo]);
  expect(reference.slice(reference.indexOf('### Method demo'))).toBe(`### Method demo

Shows. Also called \`sample\`.

An attempt may take \`1m\`, unless \`NAME_attempt_timeout\` says otherwise.

Written \`demo_colour\` for all notifiers of this method, or \`NAME_demo_colour\` for the notifier NAME.

| Option | Value | Default | Meaning |
| --- | --- | --- | --- |
| \`demo_colour\` | \`red\` \`blue\` | \`red\` | Which one. |
| \`demo_key\` | text | **required** | The key. Example: \`\` a\\|b\`c \`\`. Never displayed or logged. |
| \`demo_program\` | text | that of \`sendmail\` | What to run. |
| \`demo_fast\` | switch | that of \`postmaster\`, else \`no\` | Whether to hurry. |
`);
});
