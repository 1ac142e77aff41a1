/** How a notifier comes to its secret. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readSecret } from '../../src/notifier/secret.ts';
import { testServices } from './open-method.ts';

it('is read from where the options say, a file first', () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-secret-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'key');
  writeFileSync(file, 'of the file\n');
  const read = (key: Parameters<typeof readSecret<'key'>>[0]): string | undefined =>
    readSecret(key, 'key', testServices());
  expect(read({ key: { text: 'itself' }, key_file: file })).toBe('of the file');
  expect(read({ key: { text: 'itself' }, key_file: undefined })).toBe('itself');
  expect(read({ key: undefined, key_file: undefined })).toBeUndefined();
  expect(() => read({ key: undefined, key_file: join(directory, 'absent') })).toThrow(
    expect.objectContaining({ code: 'NOTIFIER_OPEN', message: expect.stringMatching(/^notifier audit: .*absent/) }),
  );
});
