/** The end of a process that posix_spawn(3) has started, with a descriptor for it and without. */
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canPosixSpawn, posixSpawn } from '../../src/os/posix-spawn.ts';
import { watchExit } from '../../src/os/process-exit.ts';

function start(script: string): number {
  const descriptor = openSync('/dev/null', 'r+');
  onTestFinished(() => closeSync(descriptor));
  const argv = ['/bin/sh', '-c', script] as const;
  const pid = posixSpawn({ argv, environment: {}, directory: '/', stdin: descriptor, stderr: descriptor });
  if (pid === undefined) throw new Error('the program was not started');
  return pid;
}

describe.runIf(canPosixSpawn)('the end of a process (skipped where the C library cannot start one so)', () => {
  it.each([
    ['as a rule', undefined],
    ['when there is no descriptor for it to be had', -1],
  ])('is seen %s', async (_, pidfd) => {
    expect(await watchExit(start('exit 7'), pidfd).exit).toEqual({ status: 7 });
    expect(await watchExit(start('kill -TERM $$'), pidfd).exit).toEqual({ by: 'SIGTERM' });
  });

  it('is never taken for success when somebody else has waited for it', async () => {
    const pid = start('exit 0');
    expect(await watchExit(pid).exit).toEqual({ status: 0 });
    expect(await watchExit(pid).exit).toEqual({ by: 'SIGKILL' });
  });
});
