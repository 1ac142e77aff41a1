import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const waiting = 300_000;
const program = join(import.meta.dirname, 'backlog.main.ts');

function run(act: string, directory: string, heapMegabytes: number) {
  const limit = `--max-old-space-size=${heapMegabytes}`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [limit, '--import', 'tsx', program, act, directory, `${waiting}`],
    { encoding: 'utf8', timeout: 150_000, maxBuffer: 1 << 20 },
  );
  return { status, stdout, stderr: stderr.slice(0, 2000) };
}

it('is walked through with a small heap, however much waits in it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-backlog-'));
  try {
    expect(run('fill', directory, 256)).toEqual({ status: 0, stdout: '', stderr: '' });
    const walked = run('walk', directory, 48);
    expect(walked).toEqual({ status: 0, stdout: expect.any(String), stderr: '' });
    expect(JSON.parse(walked.stdout)).toEqual({ read: waiting, due: 64, small: true });
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 310_000);
