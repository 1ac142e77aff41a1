/** Says in one line how much each notifier has to do, for `systemctl status`. */
import type { NotifierState } from '../dispatch/consumer-parts.ts';
import { waitsForSomebody } from '../spool/asked-pause.ts';
import type { AskedPause, ConsumerState, SpoolState } from '../spool/spool.ts';
import { unfinishedOf } from '../spool/tally.ts';

/** More would not fit into a line. */
const shownNotifiers = 5;
const dayMs = 86_400_000;

/**
 * `webhook crm: 1,204 waiting, receiver away since 10:04`. `methods`: by the names of the notifiers. Times are those of
 * the machine; `now` is in milliseconds since the epoch.
 */
export function statusLine(
  { last, consumers, absence }: Pick<SpoolState, 'last' | 'consumers' | 'absence'>,
  states: ReadonlyMap<string, Pick<NotifierState, 'awaySince'>>,
  methods: ReadonlyMap<string, string>,
  now: number,
): string {
  const said = consumers.flatMap((consumer) => {
    const words = describe(consumer, last, states.get(consumer.name)?.awaySince, now);
    if (words.length === 0) return [];
    const method = methods.get(consumer.name) ?? consumer.name;
    return [`${method === consumer.name ? '' : `${method} `}${consumer.name}: ${words.join(', ')}`];
  });
  const gone = absence === undefined ? [] : [`NEW REQUESTS ARE REFUSED: ${absence}`];
  if (said.length + gone.length === 0) return 'all delivered';
  const more = said.length > shownNotifiers ? [`and ${said.length - shownNotifiers} more`] : [];
  return [...gone, ...said.slice(0, shownNotifiers), ...more].join('; ');
}

function describe(
  consumer: ConsumerState,
  last: number,
  awaySince: number | undefined,
  now: number,
): readonly string[] {
  const { dead, pause } = consumer;
  const unfinished = unfinishedOf(consumer, last);
  const count = (number: number): string => number.toLocaleString('en-US');
  return [
    ...(unfinished > 0 ? [`${count(unfinished)} waiting`] : []),
    ...(dead > 0 ? [`${count(dead)} dead ${dead === 1 ? 'letter' : 'letters'}`] : []),
    ...(pause === undefined || pause.until <= now ? [] : [`paused until ${pauseEnd(pause, now)}`]),
    ...(awaySince === undefined ? [] : [`circuit breaker open since ${timeOf(awaySince, now)}`]),
  ];
}

/** When it ends; one that has no end of its own waits for the command. */
function pauseEnd(pause: AskedPause, now: number): string {
  return waitsForSomebody(pause, now) ? 'belfry queue resume' : timeOf(pause.until, now);
}

/** `10:04`, and the day as well when that is long ago. */
function timeOf(at: number, now: number): string {
  const utcOfLocal = at - new Date(at).getTimezoneOffset() * 60_000;
  const [day = '', time = ''] = new Date(utcOfLocal).toISOString().split('T');
  return `${Math.abs(now - at) < dayMs ? '' : `${day} `}${time.slice(0, 5)}`;
}
