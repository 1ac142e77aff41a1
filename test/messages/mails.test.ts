/** Pins the mails that users get by default, for each example in the schemas: `UPDATE=1 npx vitest run test/messages` writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/event.ts';
import { wordsFor } from '../../src/notifier/mailto/event-words.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { eventNotification } from '../notifier/samples.ts';

const quota = { event: 'QuotaExceed', uri: 'imap://imap.example.org/user/john' };
/** What the examples leave out. */
const more: readonly JsonObject[] = [
  { ...quota, diskQuota: 5, diskUsed: 4, maxMessages: 2000, messages: 2000 },
  { ...quota, diskQuota: 1_048_576, diskUsed: 1_048_575, maxMessages: -1 },
  { ...quota, diskQuota: 2 ** 50, diskUsed: 2 ** 49 },
  { ...quota, diskQuota: 0, diskUsed: 0 },
  { ...quota, event: 'QuotaChange', diskQuota: 20_000 },
  { event: 'MessageNew', uri: 'imap://imap.example.org/user/jane/Team', user: 'john' },
  { event: 'MessageNew', uri: 'imap://imap.example.org/user/jane', user: 'john' },
  { event: 'MessageNew', uri: 'imap://imap.example.org/shared/news', user: 'john' },
];

function mailAbout(payload: JsonObject): string {
  const { event, user = 'john' } = payload;
  const isOfDovecot = String(event).startsWith('vnd.dovecot.');
  const notification = {
    ...eventNotification('01-a'),
    ...{ event: String(event), user: String(user), payload },
    ...(isOfDovecot ? { naming: 'user' as const } : {}),
  };
  const words = wordsFor(notification, 'imap.example.org');
  const text = words === undefined ? '(the event and its parameters)' : `Subject: ${words.subject}\n\n${words.body}`;
  return `### ${event}\n\n${text}\n`;
}

it('say what happened in words that a user understands', async () => {
  const examples = (await loadSchemas({}))
    .catalogue()
    .flatMap(({ example }) => (example === undefined ? [] : [example]));
  expect(examples.length).toBeGreaterThan(20);
  const mails = [...examples, ...more].map(mailAbout);
  const text = [...new Set(mails)].join('\n');
  const file = join(import.meta.dirname, 'mails.txt');
  if (process.env['UPDATE']) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});
