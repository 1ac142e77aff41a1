import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('refuses requests when the disk is full, keeps what it has, works on, and takes more when it has made room', () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-full-'));
  const program = join(import.meta.dirname, 'disk-full.main.ts');
  const script = 'ulimit -S -f 16000 && exec "$0" --import tsx "$1" "$2"';
  try {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', script, process.execPath, program, directory], {
      encoding: 'utf8',
      timeout: 150_000,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const refused = expect.stringMatching(/^SPOOL_IO .*EFBIG.*spool\.mdb$/);
    const round = { refused, again: refused, read: true, step: 'committed', went: true };
    expect(JSON.parse(stdout)).toEqual({
      rounds: [round, round, round],
      same: true,
      deferred: 3,
      kept: 1000,
      length: 64,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 160_000);

it('discards what is only retained when the disk is full, and drains what waits from a reserve', () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-full-'));
  const program = join(import.meta.dirname, 'disk-drain.main.ts');
  const script = 'ulimit -S -f 24000 && exec "$0" --import tsx "$1" "$2"';
  try {
    const { stdout, stderr, status } = spawnSync('sh', ['-c', script, process.execPath, program, directory], {
      encoding: 'utf8',
      timeout: 150_000,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      retained: { refused: '', all: true, discarded: true, retained: true },
      full: { full: true, failed: '', deferred: true, left: 0, again: true },
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 160_000);
