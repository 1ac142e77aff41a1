/** Secrets, from wherever they are. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readSecret } from '../../src/os/read-secret.ts';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'belfry-secret-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

it('is the text itself, the first line of a file or of a credential, or a variable', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'key');
  await writeFile(file, '\uFEFFfrom a file\r\nand more\n');
  const environment = { CREDENTIALS_DIRECTORY: directory, KEY: 'from the environment' };
  const found = [{ text: 'itself' }, { file }, { credential: 'key' }, { variable: 'KEY' }].map((secret) =>
    readSecret(secret, 'key', environment),
  );
  expect(found).toEqual(['itself', 'from a file', 'from a file', 'from the environment']);
});

it('says what is missing, and where', async () => {
  const directory = await temporaryDirectory();
  const empty = join(directory, 'empty');
  await writeFile(empty, '\nsecond line');
  await mkdir(join(directory, 'folder'));
  const environment = { CREDENTIALS_DIRECTORY: directory, EMPTY: '' };
  const read =
    (secret: Parameters<typeof readSecret>[0], given: NodeJS.ProcessEnv = environment) =>
    () =>
      readSecret(secret, 'key', given);
  expect(read({ file: empty })).toThrow(expect.objectContaining({ code: 'CONFIGURATION' }));
  expect(read({ file: join(directory, 'absent') })).toThrow(expect.objectContaining({ code: 'NO_INPUT' }));
  expect(read({ credential: 'folder' })).toThrow(expect.objectContaining({ code: 'NO_INPUT' }));
  expect(read({ credential: 'absent' })).toThrow(/LoadCredential=absent/);
  expect(read({ credential: 'absent' }, {})).toThrow(/LoadCredential=absent/);
  expect(read({ variable: 'EMPTY' })).toThrow(/EMPTY/);
  expect(read({ variable: 'ABSENT' })).toThrow(/ABSENT/);
});
