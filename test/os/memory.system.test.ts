import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('keeping memory small asks V8 for nothing that it does not know: it would complain on standard error', () => {
  const file = JSON.stringify(join(import.meta.dirname, '../../src/os/memory.ts'));
  const program = `import { keepMemorySmall } from ${file}; keepMemorySmall(); console.log('small');`;
  const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(child).toMatchObject({ status: 0, stdout: 'small\n', stderr: '' });
});
