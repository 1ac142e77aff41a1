import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Runs a program that has `processIo`. */
function run(program: string) {
  const io = JSON.stringify(join(import.meta.dirname, '../../src/cli/io.ts'));
  const whole = `import { processIo } from ${io};\n${program}`;
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', whole], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

it('says when its reader is slower, so that a long list need not pile up', async () => {
  const child = run(`
    let written = 0;
    for (let waits = false; !waits; ) {
      processIo.out('x'.repeat(9999));
      written++;
      waits = true;
      const taken = processIo.taken().then(() => { waits = false; });
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      if (!waits) continue;
      processIo.err(String(written));
      await taken;
      break;
    }`);
  const [said] = await once(child.stderr, 'data');
  const written = Number(said);
  expect(written).toBeLessThan(1000);
  let received = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await once(child, 'close');
  expect(received).toBe(written * 9999);
});

it('ends quietly when the reader of its output has seen enough', async () => {
  const child = run(`for (;;) { processIo.out('x'.repeat(9999)); await new Promise(setImmediate); }`);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [status] = await once(child, 'close');
  expect({ status, said }).toEqual({ status: 0, said: '' });
});
