import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { said } from './said.ts';

const files = {
  key: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n',
  pair: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  headers: [
    'POST /hook HTTP/1.1',
    'Webhook-Id: msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp: 1614265330',
    '> webhook-signature:  v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    '',
  ].join('\r\n'),
  body: '{"test": 2432232314}',
};

function written(changed: Partial<typeof files> = {}): (...words: readonly string[]) => ReturnType<typeof said> {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-webhook-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries({ ...files, ...changed })) writeFileSync(join(directory, name), text);
  return (...words) => said(['webhook', ...words.map((word) => (word in files ? join(directory, word) : word))]);
}

const words = ['verify', '-k', 'key', '-H', 'headers', '-b', 'body'];
const at = ['--at', '2021-02-25T15:02:10Z'];

it('verifies a request that a receiver has stored', async () => {
  expect(await written()(...words, ...at)).toMatchObject({ status: 0, err: '' });
});

it.each([
  ['the clock', {}, [], /^clock: .*\n$/],
  ['the body', { body: `${files.body}\n` }, at, /^body: .*\n$/],
  ['the key', { key: `whsec_${'A'.repeat(32)}` }, at, /^key: .*\n$/],
  ['the id', { headers: files.headers.replace('msg_', 'msg.') }, at, /^id: .*\nkey: .*\n$/],
])('says that it is %s', async (_, changed, more, expected) => {
  const { out, status } = await written(changed)(...words, ...more);
  expect(out).toMatch(expected);
  expect(status).toBe(65);
});

it.each([
  ['a tolerance that is no number', [...words, '-t', 'x'], 64],
  ['a time that is none', [...words, '--at', 'noon'], 64],
  ['no key file', words.slice(0, 1), 64],
  ['a file that is not there', [...words, '-b', '/nonexistent/x'], 66],
])('refuses %s', async (_, given, status) => {
  expect(await written()(...given)).toMatchObject({ status });
});

it('refuses what is no key without quoting it', async () => {
  const { err, status } = await written({ key: 'whsec_secret' })(...words);
  expect(status).toBe(65);
  expect(err).not.toContain('secret"');
});

it('prints public keys', async () => {
  expect(await written()('public-key', '-k', 'pair')).toMatchObject({
    out: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=\n',
  });
  expect(await written()('public-key', '-k', 'key')).toMatchObject({ status: 65 });
});
