/** Every expression in docs/selection.md compiles, is true of an event that it describes, and not true of another one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { parseSettingLine } from '../../src/config/setting-line.ts';
import { answer } from '../filter/when/expressions.ts';
import { blocksIn, root } from './blocks.ts';

const page = 'docs/selection.md';
const text = readFileSync(join(root, page), 'utf8');
const inTables = [...text.matchAll(/^\| `(.*?)` \|/gm)].map(([, cell = '']) => cell.replaceAll('\\|', '|'));
const inBlocks = blocksIn(page)
  .filter(({ language }) => language === 'belfry.conf')
  .flatMap(({ text: block }) => block.replaceAll('\\\n', '').split('\n'))
  .map(parseSettingLine)
  .flatMap((setting) => (setting.kind === 'setting' && setting.name.endsWith('_when') ? [setting.value] : []));

const about = { user: 'john', mailbox: 'user/john/Sub' };
const matching: readonly MailEvent[] = [
  { event: 'MessageNew', messageSize: 1500, service: 'lmtp', clientIP: '::1', 'vnd.cmu.midset': ['<1@a>', '<2@a>'] },
  { event: 'MessageNew', messageSize: 2_000_000 },
  {
    event: 'vnd.dovecot.MessageNew',
    'vnd.dovecot.subject': 'This is URGENT',
    'vnd.dovecot.from': 'jane@example.org',
  },
  { event: 'FlagsSet', flagNames: '\\Flagged $Important' },
  { event: 'QuotaChange', diskUsed: 95, diskQuota: 100 },
];
const other: MailEvent = {
  event: 'Logout',
  clientIP: '10.0.0.1',
  service: 'lmtp',
  messageSize: 10,
  flagNames: '\\Seen',
  'vnd.cmu.midset': ['<1@a>'],
  'vnd.dovecot.subject': 'Hello',
  'vnd.dovecot.from': 'jane@example.net',
  diskUsed: 1,
  diskQuota: 100,
};

it('has expressions', () => {
  expect(inTables.length).toBeGreaterThan(9);
  expect(inBlocks).toHaveLength(2);
});

it.each([...inTables, ...inBlocks])('%s', (expression) => {
  expect(matching.map((event) => answer(expression, event, about))).toContain('true');
  expect(answer(expression, other, { user: 'nobody', mailbox: 'user/nobody/Junk' })).not.toBe('true');
});
