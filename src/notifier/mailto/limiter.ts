/** Sends mails as far as the limit allows, counts the others, and sends the mails that summarise those. */
import type { Logger } from 'pino';
import { messageOf } from '../../base/error.ts';
import { longestTimerMs } from '../../base/limits.ts';
import type { Rate } from '../../option/number-syntax.ts';
import type { Extend, Outcome } from '../notifier.ts';
import { type Held, MailLimit, type Summary } from './limit.ts';
import { limitFile, readLimitState } from './limit-file.ts';
import type { Mail } from './transport.ts';

/** Makes the mail that summarises what was held back. */
export type Summarise = (held: Held) => Promise<Mail>;

export interface LimiterSettings {
  readonly rate: Rate;
  /** The option that sets it, for outcomes. */
  readonly option: string;
  /** Where the counts are kept. */
  readonly file: string;
  readonly log: Pick<Logger, 'warn'>;
  now(): number;
  send(mail: Mail, signal: AbortSignal, extend?: Extend): Promise<Outcome>;
  /** How long a mail about what was held back may take, in milliseconds: it is no attempt of dispatch. */
  readonly attemptTimeoutMs: number;
  readonly summarise: Summarise;
}

export interface Limiter {
  /** `user` is set for a notification of that user's Sieve script. */
  send(mail: Mail, user: string | undefined, signal: AbortSignal, extend?: Extend): Promise<Outcome>;
  close(): Promise<void>;
}

/** A summary that could not be sent is tried again after this time, in milliseconds. */
const againMs = 60_000;
/** The first look for summaries that a process before this one owed. */
const firstLookMs = 5000;

/** Reads what is kept at the first use, when a notifier of the same name before this one has written its last. */
export function openLimiter(settings: LimiterSettings): Limiter {
  const { rate, option, file: path, log, now } = settings;
  const closing = new AbortController();
  let opened: Promise<{ readonly limit: MailLimit; readonly save: () => Promise<void> }> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let summarising: Promise<void> = Promise.resolve();

  async function load() {
    const lost = ({ count, to }: Held): void =>
      log.warn(
        { count, to },
        'too many recipients for mailto_limit; this recipient gets no mail about filtered notifications',
      );
    const limit = new MailLimit(rate, await readLimitState(path), lost);
    const write = limitFile(path, () => limit.state(now()));
    return { limit, save: () => write().catch(warnOfFile) };
  }
  function state() {
    opened ??= load();
    return opened;
  }
  function lookIn(ms: number): void {
    clearTimeout(timer);
    if (closing.signal.aborted) return;
    timer = setTimeout(
      () => {
        summarising = sendSummaries();
      },
      Math.min(ms, longestTimerMs),
    ).unref();
  }

  async function sendSummaries(): Promise<void> {
    const { limit, save } = await state();
    let failed = false;
    for (const summary of limit.due(now())) {
      if (closing.signal.aborted) return;
      if (await sendSummary(limit, summary)) await save();
      else failed = true;
    }
    const nextMs = limit.dueInMs(now());
    if (nextMs !== undefined) lookIn(failed ? againMs : nextMs);
  }

  async function sendSummary(limit: MailLimit, summary: Summary): Promise<boolean> {
    const outcome = await sendInTime(await settings.summarise(summary));
    if (outcome.status === 'retry') {
      log.warn({ reason: outcome.reason }, 'could not send the mail about filtered notifications; will retry');
      return false;
    }
    if (outcome.status === 'rejected') {
      log.warn({ reason: outcome.reason, count: summary.count }, 'the mail about filtered notifications was rejected');
    }
    limit.summarised(summary, now());
    return true;
  }

  async function sendInTime(mail: Mail): Promise<Outcome> {
    const end = new AbortController();
    let limit: NodeJS.Timeout | undefined;
    const extend = (ms: number): void => {
      clearTimeout(limit);
      limit = setTimeout(() => end.abort('timeout'), ms);
    };
    extend(settings.attemptTimeoutMs);
    try {
      return await settings.send(mail, AbortSignal.any([end.signal, closing.signal]), extend);
    } finally {
      clearTimeout(limit);
    }
  }

  const warnOfFile = (error: unknown): void =>
    log.warn({ reason: messageOf(error) }, 'cannot save the counts of mailto_limit; a restart would reset them');

  const filtered = (what: string): Outcome => ({
    status: 'filtered',
    option,
    detail: `the limit for ${what} is reached; the next summary mail will count this notification`,
  });

  lookIn(firstLookMs);
  return {
    async send(mail, user, signal, extend) {
      const { limit, save } = await state();
      const userKeys = user === undefined ? [] : [`user ${user}`];
      const [first = ''] = mail.recipients;
      const hold = (key: string, to: string): void => {
        limit.hold(key, to, now());
        lookIn(limit.dueInMs(now()) ?? 0);
      };
      const fullUser = limit.reserve(userKeys, now());
      if (fullUser !== undefined) {
        hold(fullUser, first);
        await save();
        return filtered(`the scripts of ${user}`);
      }
      const open = mail.recipients.filter((address) => limit.reserve([keyOf(address)], now()) === undefined);
      const full = mail.recipients.filter((address) => !open.includes(address));
      const outcome: Outcome =
        open.length > 0 ? await settings.send({ ...mail, recipients: open }, signal, extend) : filtered(full.join(' '));
      if (outcome.status !== 'delivered') limit.giveBack([...userKeys, ...open.map(keyOf)]);
      // Before that nothing is settled: another attempt comes by here again.
      if (outcome.status === 'delivered' || outcome.status === 'filtered') {
        for (const address of full) hold(keyOf(address), address);
        if (full.length > 0) await save();
      }
      return outcome;
    },
    async close() {
      clearTimeout(timer);
      closing.abort();
      await summarising.catch(() => {});
      if (opened !== undefined) await (await opened).save();
    },
  };
}

const keyOf = (address: string): string => `to ${address.toLowerCase()}`;
