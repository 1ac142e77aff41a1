/** Mail through the sendmail program: its exit status is obeyed, its time is limited, its arguments are safe. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Outcome } from '../../../src/notifier/notifier.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { until } from '../../support/until.ts';
import { attemptWithin, openMethod, testServices } from '../open-method.ts';
import { eventNotification, requestNotification } from '../samples.ts';
import { type FakeSendmail, fakeSendmail } from './fake-sendmail.ts';

notifierContract('mailto through sendmail', async () => {
  const peer = fakeSendmail();
  const ids = join(peer.directory, 'ids');
  writeFileSync(ids, '');
  // Only in the headers, and of those the one that `id` stands in.
  peer.behave(`sed -n '/^$/q; s/^Message-ID: <\\(.*\\)\\.audit\\.belfry@.*/\\1/p' "$dir/input" >> "$dir/ids"`);
  return {
    notifier: await openMethod(mailto, { sendmail: peer.program, to: 'admin@example.org' }),
    received: () => readFileSync(ids, 'utf8').split('\n').slice(0, -1),
    breakPeer: () => renameSync(peer.program, `${peer.program}.away`),
    hangPeer: () => peer.behave('trap "" TERM\nsleep 1000 & wait', 'instead'),
    hung: 'rejected',
    dispose: async () => peer.dispose(),
  };
});

describe('the sendmail program', () => {
  let peer: FakeSendmail;
  beforeEach(() => {
    peer = fakeSendmail();
  });
  afterEach(() => peer.dispose());

  async function tell(
    signal = new AbortController().signal,
    message = 'hello',
    attemptTimeoutMs = 0,
  ): Promise<Outcome | undefined> {
    const options = { sendmail: peer.program, to: 'admin@example.org' };
    const notifier = await openMethod(mailto, options, testServices({ attemptTimeoutMs }));
    const notification = requestNotification('01-a', { message });
    const [outcome] =
      attemptTimeoutMs > 0
        ? [await attemptWithin(attemptTimeoutMs, notifier, notification)]
        : await notifier.notify([{ notification, attempt: 1, lane: '' }], signal);
    await notifier.close();
    return outcome;
  }

  it.each([
    [0, 'delivered'],
    [1, 'retry'],
    [64, 'retry'],
    [65, 'rejected'],
    [67, 'rejected'],
    [68, 'rejected'],
    [69, 'retry'],
    [75, 'retry'],
    [77, 'retry'],
    [78, 'retry'],
    [127, 'retry'],
  ])('exits with %i: %s', async (status, expected) => {
    peer.behave(`echo 'line one' >&2; printf 'why\\033[2J\\n' >&2; exit ${status}`);
    const outcome = await tell();
    expect(outcome?.status).toBe(expected);
    if (outcome === undefined || !('reason' in outcome)) return;
    expect(outcome.reason).toMatch(/ status \d+: line one \| why\\u\{1b\}\[2J$/);
  });

  it('is killed, when it may have taken the mail: it is not sent again', async () => {
    peer.behave('kill -9 $$');
    expect(await tell()).toEqual({ status: 'rejected', reason: expect.stringContaining('killed by SIGKILL') });
  });

  it('hangs: it is stopped, and the mail not sent again', async () => {
    peer.behave('sleep 1000 & wait');
    expect(await tell(undefined, 'hello', 1000)).toEqual({
      status: 'rejected',
      reason: expect.stringContaining('longer than 1 s'),
    });
  });

  it('does not read what it is given: its exit status counts all the same', async () => {
    peer.behave('exit 75', 'instead');
    expect(await tell(undefined, 'x'.repeat(500_000))).toMatchObject({ status: 'retry' });
    peer.behave('exec 0<&-; exit 0', 'instead');
    expect(await tell(undefined, 'x'.repeat(500_000))).toEqual({ status: 'delivered' });
  });

  it('is stopped when the daemon stops', async () => {
    peer.behave('echo > "$dir/begun"; sleep 1000 & wait');
    const abort = new AbortController();
    const told = tell(abort.signal);
    await until(() => peer.runs() === 1);
    abort.abort();
    expect(await told).toEqual({ status: 'rejected', reason: expect.stringContaining('daemon stops') });
  });

  it('gets a whole mail of 64 KiB with LF at the ends of its lines', async () => {
    const message = `${'.\nline with ä\n'.repeat(5000)}`;
    expect(await tell(undefined, message)).toEqual({ status: 'delivered' });
    expect(peer.mail().body).toBe(message);
    expect(peer.input()).not.toContain('\r');
  });

  it('gets recipients behind --, and no variable of the daemon but the usual ones', async () => {
    const secret = 'BELFRY_TEST_SECRET';
    peer.behave('env > "$dir/env"');
    process.env[secret] = 'secret';
    try {
      const notifier = await openMethod(mailto, { sendmail: peer.program, to: 'a@example.org "b|c"@example.org' });
      await attemptWithin(60_000, notifier, eventNotification('01-b'));
    } finally {
      delete process.env[secret];
    }
    expect(peer.argv()).toEqual(['-i', '-f', '<>', '--', 'a@example.org', 'b|c@example.org']);
    expect(readFileSync(join(peer.directory, 'env'), 'utf8')).not.toContain('secret');
  });
});
