import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Entry } from '../../src/base/request.ts';
import { Counts } from '../../src/dispatch/count.ts';
import { logDiscarded, logObserver } from '../../src/dispatch/observer.ts';
import { rawRequest } from '../contract/spool.ts';

it.each([
  [undefined, false, 'info'],
  [true, false, 'info'],
  [false, false, 'debug'],
  // One that takes batches leaves a line of its own.
  [true, true, 'debug'],
])('with log_deliveries %s, batches %s, a delivery is worth a line of level %s', (deliveries, quiet, level) => {
  const seen: string[] = [];
  const line = (name: string) => () => seen.push(name);
  const log = { isLevelEnabled: () => true, info: line('info'), debug: line('debug'), warn: line('warn') };
  const given = deliveries === undefined ? {} : { deliveries };
  const observer = logObserver({ log: log as never, counts: new Counts(), now: () => 0, ...given });
  const item = { notification: {}, attempts: [] } as never;
  observer.attempted('crm', item, { status: 'delivered' }, 1, quiet);
  observer.attempted('crm', item, { status: 'retry', reason: 'away' }, 1, quiet);
  expect(seen).toEqual([level, 'warn']);
});

it('says of whom and of which mailbox each line is that is about an event', () => {
  const lines: unknown[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const subject = { class: 'EVENT', event: 'MessageNew', user: 'john', mailbox: 'user/john' };
  const parts = { log, counts: new Counts(), now: () => 0, about: () => subject };
  const entry: Entry = { position: 1, id: 'id1', receivedAt: 0, request: rawRequest('x') };
  const notification = {
    ...subject,
    id: 'id1',
    receivedAt: 0,
    priority: '',
    method: '',
    options: [],
    message: '',
    payload: {},
  };
  const item = { entry, notification, attempts: [] } as unknown as Parameters<
    ReturnType<typeof logObserver>['attempted']
  >[1];

  const observer = logObserver(parts);
  observer.attempted('crm', item, { status: 'delivered' }, 1, false);
  observer.attempted('crm', item, { status: 'retry', reason: 'away' }, 1, false);
  observer.filtered('crm', entry, 'event_groups', 'no');
  observer.becameDead('crm', item, 'enough');
  observer.unusable('unusable', { entry, reason: 'no event' });
  logDiscarded(parts)({
    consumer: 'crm',
    count: 1,
    letters: [{ entry, reason: 'old' }] as unknown as Parameters<ReturnType<typeof logDiscarded>>[0]['letters'],
  });
  expect(lines).toHaveLength(6);
  for (const line of lines) expect(line).toMatchObject({ id: 'id1', ...subject });
});
