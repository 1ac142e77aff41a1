/** The end of an inherited socket and is shut down, as Cyrus master does with a service that is taken out. */
import { expect, it } from 'vitest';
import { SHUT_RDWR, shutdown } from '../../../src/os/libc.ts';
import { bindStreamSocket } from '../../../src/os/listening-socket.ts';
import { until } from '../../support/until.ts';
import { queuedClient } from '../queued-client.ts';
import { connectTo, newPath, notify, tell, trial } from './peer.ts';

const ok = 'OK %()';

it('ends the run when it is shut down, once those who had connected have their answers', async () => {
  const path = newPath();
  const { fd } = bindStreamSocket(path, 0o600);
  let release = (): void => {};
  const { got, running, intake } = await trial({ path, descriptor: fd }, (requests) =>
    requests.some(({ bytes }) => `${Buffer.from(bytes)}`.includes('slow'))
      ? new Promise((resolve) => (release = resolve))
      : Promise.resolve(),
  );
  expect(await tell(path, notify('first'))).toBe(ok);
  const slow = connectTo(path);
  await slow.write(notify('slow'));
  const before = release;
  await until(() => release !== before);
  const begun = connectTo(path);
  await begun.write('NOTIFY %(');
  const queued = Array.from({ length: 40 }, (_, index) => queuedClient(path, notify(`queued ${index}`)));
  shutdown(fd, SHUT_RDWR);
  expect(() => queuedClient(path, notify('late'))).toThrow(/refuses/);
  // Nothing has been read of those who wait to be accepted.
  expect(got).toHaveLength(1);
  release();
  expect(await slow.line()).toBe(ok);
  expect(await begun.line()).toBe('NO %(REASON "belfry is stopping")');
  for (const client of [slow, begun]) client.socket.destroy();
  for (const answer of queued) expect(await answer).toMatch(/^OK %\(ID id\d+\)\r\n/);
  await running;
  expect(intake.counts()).toEqual({ received: 42, truncated: 0, lost: 0 });
});
