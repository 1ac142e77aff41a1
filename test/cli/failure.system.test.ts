/** What nobody expected ends a command with one line, a code and status 70; a stack trace helps no administrator. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asBelfryError, BelfryError } from '../../src/base/error.ts';
import { run } from '../../src/cli/command-line.ts';

const line = /^belfry: internal error: [^\n]*\[INTERNAL\]\n$/;

describe('an unexpected error', () => {
  it('in a command is one line with a code and the place in the code', async () => {
    const result = { err: '', status: -1 };
    await run(['events', 'Login'], {
      out: () => {
        throw new TypeError('boom\n    and more');
      },
      err: (text) => {
        result.err += text;
      },
      exit: (status) => {
        result.status = status;
      },
    });
    expect(result.err).toMatch(line);
    expect(result.err).toMatch(/: boom \(.*failure(?:\.system)?\.test\.ts:\d+:\d+\);.* bug/);
    expect(result.status).toBe(70);
  });

  it.each(['exception', 'rejection', 'thread'])('that nobody catches (%s) is the same', (how) => {
    const file = join(import.meta.dirname, 'failure.main.ts');
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', file, how], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toMatch(line);
    expect(stderr).toContain('boom');
    expect(status).toBe(70);
  });

  it('keeps an explained error as it is, and takes anything that is thrown', () => {
    const explained = new BelfryError('USAGE', 'so');
    expect(asBelfryError(explained)).toBe(explained);
    expect(asBelfryError('text')).toMatchObject({
      code: 'INTERNAL',
      exitStatus: 70,
      message: expect.stringMatching(/text/),
    });
    expect(asBelfryError(undefined)).toMatchObject({ code: 'INTERNAL' });
    expect(asBelfryError(new Error('x'.repeat(10_000))).message.length).toBeLessThan(1000);
  });
});
