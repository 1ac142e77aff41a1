import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/cli/command-line.ts';
import { scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();

it('belfry check opens the files that options of HTTP name', async () => {
  const [file, password] = [join(directory, 'belfry.conf'), join(directory, 'password')];
  writeFileSync(file, `http_listen: 127.0.0.1:8090\nhttp_user: u\nhttp_password_file: ${password}\n`);
  const check = async () => {
    const result = { out: '', status: -1 };
    const take = (text: string): void => {
      result.out += text;
    };
    await run(['check', '-C', file], { out: take, err: take, exit: (status) => (result.status = status) });
    return result;
  };
  const absent = await check();
  expect(absent.status).toBe(78);
  expect(absent.out).toContain(`${file}:3: error: http_password_file: the password cannot be read from ${password}`);
  writeFileSync(password, 's3cret\n');
  expect(await check()).toMatchObject({ status: 0, out: expect.stringMatching(/No mistakes/) });
});
