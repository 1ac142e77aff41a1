/** Whether the daemon runs, accepts requests and delivers them. */

import type { NotifierRow } from '../admin/protocol.ts';
import { BelfryError, messageOf } from '../base/error.ts';
import { notifiersOf } from './ask-daemon.ts';
import { type Check, type Finding, fault, ok, unchecked, warning } from './check.ts';

export const daemonCheck: Check = {
  name: 'daemon',
  async *run({ configuration, loaded }) {
    const { controlSocket } = configuration;
    let rows: readonly NotifierRow[] | undefined;
    try {
      rows = await notifiersOf(configuration);
    } catch (thrown) {
      if (thrown instanceof BelfryError && thrown.code === 'SOCKET_PERMISSION') {
        yield unchecked(`${thrown.message}`);
        return;
      }
      yield fault(
        `the daemon does not answer on ${controlSocket}: ${messageOf(thrown)}`,
        'it hangs, or another program has taken its socket; what the mail server sends waits or is lost',
        'systemctl restart belfry, and see journalctl -u belfry',
      );
      return;
    }
    if (rows === undefined) {
      yield fault(
        `no daemon answers on ${controlSocket}`,
        'while belfry is stopped the mail server loses every event, unless systemd holds the socket',
        `start it: systemctl start belfry, or belfry serve -C ${configuration.files[0]}; if it runs with another configuration, name that with -C`,
        { place: loaded.placeOf('control_socket', 'configdirectory') },
      );
      return;
    }
    // The consumer of unusable requests has no receiver, and is worth a word only where it has dead letters.
    const configured = rows.filter(
      ({ builtIn, notifier, dead }) => builtIn !== true && (notifier !== 'unusable' || dead > 0),
    );
    yield ok(`runs, and answers on ${controlSocket}`);
    for (const row of configured) yield* standing(row);
  },
};

function* standing(row: NotifierRow): Generator<Finding, void, void> {
  const { notifier, receiver, receiverPause, breaker, dead, waiting, deferred } = row;
  const queued = waiting + deferred;
  if (receiverPause?.isEndless === true) {
    yield fault(
      `${notifier}: its receiver wants nothing more: ${receiverPause.reason}`,
      `nothing is delivered until the notifier is resumed; ${queued} notifications wait`,
      `correct the URL and reload belfry, or belfry queue resume ${notifier}`,
    );
  } else if (receiver?.failing !== undefined) {
    yield fault(
      `${notifier}: the last attempt failed: ${receiver.failing}${breaker === 'open' ? ' (circuit breaker open)' : ''}`,
      `${queued} notifications wait; belfry keeps trying, and nothing is lost until retry_for has passed`,
      `repair the receiver, then belfry queue retry -n ${notifier}; belfry test ${notifier} shows the exchange`,
    );
  } else
    yield ok(
      `${notifier}: ${receiver === undefined ? 'no attempt yet' : 'the last attempt succeeded'}, ${queued} waiting`,
    );
  if (dead > 0) {
    yield warning(
      `${notifier}: ${dead} dead ${dead === 1 ? 'letter' : 'letters'}`,
      'belfry has given these up; it tries them again only if you say so',
      `belfry dead list -n ${notifier} shows the reasons; belfry dead retry -n ${notifier}, or belfry dead drop -n ${notifier}`,
    );
  }
}
