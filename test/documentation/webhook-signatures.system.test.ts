/** The receivers of docs/webhook-signatures.md, run as they are printed: they accept what belfry signs, and nothing else. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { signedBy } from '../../src/notifier/webhook/signature.ts';
import { parseSigningKeys } from '../../src/notifier/webhook/signing-keys.ts';
import { webhook } from '../../src/notifier/webhook.ts';
import { openMethod } from '../notifier/open-method.ts';
import { eventNotification } from '../notifier/samples.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { blocksIn } from './blocks.ts';

const blocks = blocksIn('docs/webhook-signatures.md');
const source = (language: string): string => blocks.find((block) => block.language === language)?.text ?? '';
const secret = /_webhook_secret: (\S+)/.exec(source('belfry.conf'))?.[1] ?? '';

const base = scratchDirectory();
const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill();
    await ended;
  }
});

const missing = (program: string): string | undefined =>
  spawnSync(program, ['--version']).status === 0 ? undefined : `there is no ${program}`;

const receivers = [
  { language: 'js', file: 'signed.mjs', command: process.execPath, words: [], without: undefined },
  { language: 'python', file: 'signed.py', command: 'python3', words: [], without: missing('python3') },
  { language: 'php', file: 'signed.php', command: 'php', words: ['-S', '127.0.0.1:PORT'], without: missing('php') },
];

for (const { language, file, command, words, without } of receivers) {
  describe.skipIf(without !== undefined)(
    `the receiver in ${language}${without ? ` (skipped: ${without})` : ''}`,
    () => {
      it('accepts what belfry signs, and nothing that was changed, is old or is signed by others', async () => {
        const { PORT: port } = await freePorts(['PORT']);
        const program = join(mkdtempSync(join(base, 's')), file);
        writeFileSync(program, source(language));
        const child = spawn(command, [...words.map((word) => word.replace('PORT', port)), program], {
          env: { ...process.env, SECRET: secret, PORT: port },
          stdio: 'ignore',
        });
        running.push(child);
        const url = `http://127.0.0.1:${port}/`;
        await until('it to receive', async () =>
          fetch(url, { method: 'POST', body: '{}' }).then(
            () => true,
            () => false,
          ),
        );

        const notifier = await openMethod(webhook, { url, secret: `whsec_${'A'.repeat(32)} ${secret}` });
        const deliveries = [{ notification: eventNotification('01ab', { text: 'ü "\n' }), attempt: 1, lane: '' }];
        expect(await notifier.notify(deliveries, new AbortController().signal)).toMatchObject([
          { status: 'delivered' },
        ]);
        await notifier.close();

        const post = async (at: number, keys: string, body: string, sent = body): Promise<number> => {
          const parsed = parseSigningKeys(keys);
          const headers = 'wrong' in parsed ? {} : signedBy(parsed.value)({ id: '01ab', at, body });
          return (await fetch(url, { method: 'POST', headers, body: sent })).status;
        };
        const now = Date.now();
        expect(await post(now, secret, '{}')).toBe(204);
        expect(await post(now, secret, '{}', '{} ')).toBe(401);
        expect(await post(now - 310_000, secret, '{}')).toBe(401);
        expect(await post(now + 310_000, secret, '{}')).toBe(401);
        expect(await post(now, `whsec_${'A'.repeat(32)}`, '{}')).toBe(401);
        expect(await post(now, '', '{}')).toBe(401);
      });
    },
  );
}
