import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { addressProblems } from '../../src/daemon/address-checks.ts';
import { loadCheckedConfiguration } from '../../src/daemon/load-configuration.ts';
import { scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();

function listening(
  where: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    onTestFinished(() => void server.close());
    server.listen(where, () => resolve(server));
  });
}

async function problemsOf(addresses: string): ReturnType<typeof addressProblems> {
  const file = join(directory, 'belfry.conf');
  writeFileSync(file, `configdirectory: ${directory}\nnotifiers: x\nx_method: null\nhttp_listen: ${addresses}\n`);
  return addressProblems(await loadCheckedConfiguration(file));
}

it('finds a port that another program has, unless that is the daemon of this configuration', async () => {
  const server = await listening({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  const [found, ...others] = await problemsOf(`127.0.0.1:${port}`);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ severity: 'warning', line: 4, option: 'http_listen' });
  expect(found?.message).toContain(`127.0.0.1:${port}`);
  const control = await listening({ path: join(directory, 'control') });
  expect(await problemsOf(`127.0.0.1:${port}`)).toEqual([]);
  await new Promise((resolve) => control.close(resolve));
  await new Promise((resolve) => server.close(resolve));
  expect(await problemsOf(`127.0.0.1:${port}`)).toEqual([]);
});

it('finds an address that no interface has, and takes both families on one port', async () => {
  // TEST-NET-1 (RFC 5737): nobody has it.
  const [found] = await problemsOf('192.0.2.1:8090');
  expect(found).toMatchObject({ severity: 'error', line: 4 });
  expect(found?.message).toContain('192.0.2.1:8090');
  const server = await listening({ host: '127.0.0.1', port: 0 });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const problems = await problemsOf(`127.0.0.1:${port} [::1]:${port}`);
  expect(problems.filter(({ message }) => message.includes('127.0.0.1'))).toEqual([]);
});
