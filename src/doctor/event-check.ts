/** Sends one event through the real socket to the notifier null, and asks the daemon how it ended. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecentRow } from '../admin/protocol.ts';
import { messageOf } from '../base/error.ts';
import { latestRequests } from './ask-daemon.ts';
import { type Check, type Finding, fault, ok, unchecked } from './check.ts';
import type { DoctorContext } from './context.ts';
import { isNullHarmless, sendTest, testRequest } from './test-request.ts';

/** How long the event may take, and after how long the daemon is asked again: the first time, and at the most. In milliseconds. */
const patienceMs = 8000;
const pauses = { firstMs: 10, mostMs: 500 };
/** Among so many of the latest requests it must be: on a busy server others come after it. */
const searched = 500;

export const eventCheck: Check = {
  name: 'event',
  async *run(context) {
    const { configuration } = context;
    const before = await latestRequests(configuration, 1).catch(messageOf);
    if (typeof before === 'string') {
      yield unchecked(`no event was sent through belfry: ${before}`);
      return;
    }
    if (before === undefined) {
      yield unchecked('no event was sent through belfry: no daemon runs with this configuration');
      return;
    }
    const socket = configuration.sockets.find(({ transport }) => transport !== 'http');
    if (socket === undefined) {
      yield unchecked('no event was sent through belfry: no notifysocket is configured');
      return;
    }
    if (!isNullHarmless(configuration)) {
      yield unchecked('no event was sent through belfry: a notifier of another method is called null');
      return;
    }
    yield await sent(socket, context);
  },
};

async function sent(
  socket: DoctorContext['configuration']['sockets'][number],
  { configuration, signal: stop, now }: DoctorContext,
): Promise<Finding> {
  const user = `belfry-doctor-${randomUUID()}`;
  const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]);
  const receivers = [...configuration.notifiers, ...configuration.builtIns].filter(
    ({ method }) => method.name === 'null',
  );
  const request = testRequest(user, receivers[0]?.filters.groups ?? [], new Date(now()));
  const startedAt = performance.now();
  try {
    await sendTest(socket, request, signal);
    for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(2 * pauseMs, pauses.mostMs)) {
      const row = (await latestRequests(configuration, searched))?.find((one) => one.user === user);
      const finding = row && judged(row, socket.name, performance.now() - startedAt);
      if (finding !== undefined) return finding;
      await sleep(pauseMs, undefined, { signal });
    }
  } catch (thrown) {
    return signal.aborted
      ? fault(
          `an event sent to ${socket.name} was not delivered within ${patienceMs / 1000} s`,
          'another process receives on that socket, or the daemon hangs: events of the mail server end the same way',
          `see which process has the socket (ss -xlp | grep ${socket.path ?? ''}), and belfry recent; restart belfry`,
        )
      : fault(
          `an event cannot be sent to ${socket.name}: ${messageOf(thrown)}`,
          'the mail server cannot send its events there either',
          'start belfry with this configuration, or run this as root or as the user of the mail server',
        );
  }
}

/** Undefined while it waits. */
function judged({ notifiers, id }: RecentRow, socket: string, tookMs: number): Finding | undefined {
  const took = `${Math.max(1, Math.round(tookMs))} ms`;
  const unusable = notifiers.find(({ notifier, state }) => notifier === 'unusable' && state === 'dead');
  if (unusable !== undefined) {
    return fault(
      `an event sent to ${socket} became unusable: ${unusable.reason ?? ''}`,
      'belfry refuses events as the mail server sends them, and delivers them to nobody',
      `belfry dead show ${id} shows why; correct schema_directory or unknown_events`,
    );
  }
  const delivered = notifiers.find(({ state }) => state === 'delivered');
  if (delivered !== undefined) {
    return ok(
      `an event went in at ${socket} and out of the notifier ${delivered.notifier} in ${took}, to no other one`,
    );
  }
  const isOver = notifiers.every(({ state }) => state === 'filtered' || state === 'finished');
  if (!isOver || notifiers.length === 0) return undefined;
  const [why] = notifiers.flatMap(({ outcome }) =>
    outcome?.option === undefined || outcome.option === 'method' ? [] : [outcome.option],
  );
  return ok(
    `an event went in at ${socket} and through belfry in ${took}${why === undefined ? '' : `; the notifier null filtered it (${why})`}`,
  );
}
