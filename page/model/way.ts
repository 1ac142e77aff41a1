/** The way of one event: what happened to it, in order, in words. */
import type { Attempt, EventRow, EventStanding } from '../api/types.ts';
import { ago, count, plural, spanText, timeInFull, timeInSeconds } from './format.ts';
import { shown } from './printable.ts';

export interface Step {
  readonly time: string;
  readonly tone: 'ok' | 'warn' | 'bad' | 'soft';
  readonly text: string;
}

export interface NotifierWay {
  readonly notifier: string;
  /** In a few words, how it stands. */
  readonly state: string;
  readonly tone: 'ok' | 'warn' | 'bad' | 'soft';
  readonly steps: readonly Step[];
  /** Where it can be attempted again: it waits in the queue, or is a dead letter. */
  readonly from?: 'queue' | 'dead';
}

export interface Way {
  readonly steps: readonly Step[];
  readonly notifiers: readonly NotifierWay[];
}

export function wayOf(row: EventRow, now: number): Way {
  const steps: Step[] = [
    { time: timeInFull(row.receivedAt, now), tone: 'ok', text: `received and stored, ${count(row.size)} bytes` },
  ];
  const unusable = row.notifiers.find(({ notifier, state }) => notifier === 'unusable' && state === 'dead');
  if (unusable !== undefined) {
    steps.push({ time: '', tone: 'bad', text: `not usable: ${shown(unusable.reason ?? '', 2000)}` });
  } else steps.push({ time: '', tone: 'ok', text: aboutOf(row) });
  const notifiers = row.notifiers
    .filter(({ notifier, state }) => notifier !== 'unusable' || state === 'dead')
    .map((standing) => notifierWay(standing, row.receivedAt, now));
  return { steps, notifiers };
}

function aboutOf({ class: kind, event, user, mailbox }: EventRow): string {
  const what = event === '' ? `a request of class ${shown(kind)}` : shown(event);
  const whose = user === '' ? '' : ` of ${shown(user)}`;
  const where = mailbox === '' ? '' : ` in ${shown(mailbox)}`;
  return `${what}${whose}${where}`;
}

function notifierWay(standing: EventStanding, receivedAt: number, now: number): NotifierWay {
  const { notifier, state } = standing;
  const steps = attemptSteps(standing.attempts, receivedAt, now);
  const end = lastStep(standing, receivedAt, now);
  const [words, tone] = stateOf(standing);
  const from = state === 'dead' ? 'dead' : state === 'deferred' ? 'queue' : undefined;
  return {
    ...{ notifier, state: words, tone, steps: end === undefined ? steps : [...steps, end] },
    ...(from === undefined || (from === 'dead' && notifier === 'unusable') ? {} : { from }),
  };
}

/** Attempts at the beginning and at the end that are shown, where there are many. */
const [firstShown, lastShown] = [2, 4];

function attemptSteps(attempts: readonly Attempt[], receivedAt: number, now: number): Step[] {
  const steps = attempts.map(
    ({ at, durationMs, outcome, reason }, index): Step => ({
      time: moment(at, receivedAt, now),
      tone: outcome === 'rejected' ? 'bad' : 'warn',
      text: `attempt ${index + 1}: ${shown(reason, 2000)}${durationMs >= 1000 ? `, after ${spanText(durationMs)}` : ''}`,
    }),
  );
  const hidden = steps.length - firstShown - lastShown;
  if (hidden < 2) return steps;
  const gap: Step = { time: '', tone: 'soft', text: `${count(hidden)} more failed attempts` };
  return [...steps.slice(0, firstShown), gap, ...steps.slice(-lastShown)];
}

function lastStep(standing: EventStanding, receivedAt: number, now: number): Step | undefined {
  const { state, outcome, dueAt, heldBy, standsFor, diedAt, reason, attempts } = standing;
  const at = outcome === undefined ? '' : moment(outcome.at, receivedAt, now);
  const detail = outcome?.detail === undefined || outcome.detail === '' ? '' : shown(outcome.detail, 2000);
  switch (state) {
    case 'delivered': {
      const tries =
        outcome?.attempts === undefined || outcome.attempts < 2 ? '' : ` at attempt ${count(outcome.attempts)}`;
      return { time: at, tone: 'ok', text: `delivered${tries}${detail === '' ? '' : `; answer: ${detail}`}` };
    }
    case 'filtered': {
      const option = outcome?.option === undefined ? 'an option' : shown(outcome.option);
      return { time: at, tone: 'soft', text: `not for it, by ${option}${detail === '' ? '' : `: ${detail}`}` };
    }
    case 'coalesced':
      return { time: at, tone: 'soft', text: `a later one stands for it${detail === '' ? '' : `: ${detail}`}` };
    case 'dropped':
      return { time: at, tone: 'bad', text: `dropped${detail === '' ? '' : `: ${detail}`}` };
    case 'dead': {
      const when = diedAt === undefined ? '' : moment(diedAt, receivedAt, now);
      return { time: when, tone: 'bad', text: `given up, kept as a dead letter: ${shown(reason ?? '', 2000)}` };
    }
    case 'deferred': {
      if (heldBy !== undefined) {
        const many =
          standsFor === undefined || standsFor < 2 ? '' : `, stands for ${plural(standsFor, 'notification')}`;
        const until = dueAt === undefined || dueAt === 0 ? '' : ` until ${timeInSeconds(dueAt, now)}`;
        return { time: dueTime(dueAt, now), tone: 'soft', text: `held back by ${shown(heldBy)}${until}${many}` };
      }
      if (dueAt === 0) return { time: '', tone: 'soft', text: 'waits for an earlier one of the same mailbox' };
      return { time: dueTime(dueAt, now), tone: 'soft', text: `attempt ${attempts.length + 1}` };
    }
    case 'waiting':
      return { time: '', tone: 'soft', text: 'waits for its first attempt' };
    case 'finished':
      return undefined;
  }
}

function dueTime(dueAt: number | undefined, now: number): string {
  if (dueAt === undefined || dueAt === 0) return '';
  return dueAt <= now ? 'now' : ago(dueAt, now);
}

export function stateOf({ state, attempts, heldBy }: EventStanding): readonly [string, NotifierWay['tone']] {
  switch (state) {
    case 'delivered':
      return ['delivered', 'ok'];
    case 'filtered':
      return ['filtered', 'soft'];
    case 'coalesced':
      return ['coalesced', 'soft'];
    case 'dropped':
      return ['dropped', 'bad'];
    case 'dead':
      return ['dead letter', 'bad'];
    case 'deferred':
      if (heldBy !== undefined) return ['held back', 'soft'];
      if (attempts.length === 0) return ['waits', 'soft'];
      return [attempts.length === 1 ? 'failed' : `failed ${count(attempts.length)}×`, 'warn'];
    case 'waiting':
      return ['waits', 'soft'];
    case 'finished':
      return ['finished', 'soft'];
  }
}

/** Shortly after the receipt as a distance, later as a time. */
function moment(at: number, receivedAt: number, now: number): string {
  const distance = at - receivedAt;
  // The time of an outcome is known to within a quarter of a second only.
  if (distance < 0 && distance > -1000) return 'at once';
  return distance >= 0 && distance < 10_000 ? `+${spanText(distance)}` : timeInSeconds(at, now);
}
