/** What becomes of a connection that makes room for another, or breaks. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { connectTo, notify, trial } from './peer.ts';

it('a connection that breaks while its request is being kept is over when that is', async () => {
  let keep = (): void => {};
  const { path, got, stop } = await trial({ times: { farewellMs: 600_000 } }, () =>
    got.length === 0 ? Promise.resolve() : new Promise((resolve) => (keep = resolve)),
  );
  const pipes = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
  const without = pipes();
  const client = createConnection(path).pause();
  client.write(notify('{"event":"A"}'));
  await until(() => got.length === 1);
  const before = keep;
  client.write(notify('{"event":"B"}'));
  await until(() => keep !== before);
  // What it has not read of the first answer makes this an error at the other end.
  client.destroy();
  await until(() => pipes() === without);
  keep();
  await stop();
});

it('an idle connection that makes room is closed at once, and not kept until its client hangs up', async () => {
  const { path } = await trial({ maxConnections: 1, times: { lingerMs: 600_000 } });
  const idle = connectTo(path);
  await idle.write(notify('{"event":"A"}'));
  expect(await idle.line()).toBe('OK %()');
  const ended = once(idle.socket, 'end');
  const next = connectTo(path);
  await next.write(notify('{"event":"B"}'));
  expect(await next.line()).toBe('OK %()');
  await ended;
  const failed = once(idle.socket, 'error');
  idle.socket.write('x');
  expect(await failed).toMatchObject([{ code: 'EPIPE' }]);
});
