/** One screen that says how a daemon is: what `belfry status` prints and `belfry top` shows again and again. */
import type { StatusAnswer } from '../admin/status-answer.ts';
import { unusableConsumer } from '../admin/unusable-consumer.ts';
import { printable } from '../base/printable.ts';
import type { Style } from './style.ts';
import { age, type Column, table, wrap } from './table.ts';

type Row = StatusAnswer['notifiers'][number];

export interface ScreenOptions {
  readonly width: number;
  readonly style: Style;
  /** The status of a while ago, for rates; absent: totals are shown. */
  readonly before?: StatusAnswer | undefined;
}

const colours = { ok: 'green', warning: 'yellow', bad: 'red' } as const;
const stateColours = { ok: 'green', idle: 'gray', failing: 'red', paused: 'yellow', throttled: 'yellow' } as const;
const most = 100;

/** Ends in a newline. What comes from outside is escaped. */
export function renderScreen(status: StatusAnswer, { width, style, before }: ScreenOptions): string {
  const { verdict, version, host, at, startedAt, pid } = status;
  const textWidth = Math.min(width, most);
  const head = `belfry ${version} on ${printable(host)}, up ${age(at - startedAt)}, process ${pid}`;
  const others = verdict.problems.slice(1);
  const lines = [
    head,
    '',
    style(['bold', colours[verdict.level]], printable(verdict.headline)),
    ...wrap(printable(verdict.explanation), textWidth, '  '),
    ...remedyLines(verdict),
    ...others.flatMap((one) => [
      style(colours[one.level], printable(one.headline)),
      ...wrap(printable(one.explanation), textWidth, '  '),
      ...remedyLines(one),
    ]),
    '',
    ...notifierLines(status, before, width, style),
    '',
    ...facts(status, before).flatMap((line) => wrap(line, textWidth)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The command that does what the button of the page does. */
function remedyLines({ action }: Pick<StatusAnswer['verdict'], 'action'>): readonly string[] {
  if (action === undefined) return [];
  const name = printable(action.notifier ?? '');
  const commands = {
    retry: `belfry queue retry -n ${name}`,
    resume: `belfry queue resume ${name}`,
    dead: `belfry dead list -n ${name}`,
    configuration: 'belfry check',
  };
  return [`  Try: ${commands[action.kind]}`];
}

function notifierLines(
  status: StatusAnswer,
  before: StatusAnswer | undefined,
  width: number,
  style: Style,
): readonly string[] {
  const rows = status.notifiers.filter(isWorthShowing);
  const columns: Column[] = [
    { title: 'NOTIFIER' },
    { title: 'STATE' },
    ...[before === undefined ? 'DELIVERED' : 'RATE', 'P50', 'P99', 'WAITING', 'DEAD'].map(
      (title) => ({ title, right: true }) as const,
    ),
    { title: 'LAST FAILURE' },
  ];
  const cells = rows.map((row) => [
    printable([...new Set([row.notifier, row.method, row.label])].filter((word) => word !== undefined).join(' ')),
    printable(row.state.text),
    before === undefined ? row.delivered.toLocaleString('en-US') : rateOf(row, status, before),
    ...[row.latency?.p50Ms, row.latency?.p99Ms].map((ms) => (ms === undefined ? '-' : duration(ms))),
    (row.waiting + row.deferred).toLocaleString('en-US'),
    row.dead.toLocaleString('en-US'),
    printable(lastFailure(row, status.at)),
  ]);
  const [title = '', ...lines] = table(columns, cells).trimEnd().split('\n');
  const stateAt = title.indexOf('STATE');
  const cut = (line: string): string => (Number.isFinite(width) ? printable(line, width) : line);
  return [style('dim', cut(title)), ...lines.map((line, i) => coloured(cut(line), rows[i], stateAt, style))];
}

/** Only after the table was laid out: colours have no width. */
function coloured(line: string, row: Row | undefined, at: number, style: Style): string {
  if (row === undefined) return line;
  // Cut where the line was.
  const text = line.slice(at, at + printable(row.state.text).length);
  return `${line.slice(0, at)}${style(stateColours[row.state.kind], text)}${line.slice(at + text.length)}`;
}

/** What waits for a built-in notifier that nobody has asked for is only what it has not passed yet. */
function isWorthShowing({ notifier, builtIn = false, deferred, dead, delivered }: Row): boolean {
  if (notifier === unusableConsumer) return dead > 0;
  return !builtIn || deferred + dead + delivered > 0;
}

function rateOf(row: Row, now: StatusAnswer, before: StatusAnswer): string {
  const earlier = before.notifiers.find(({ notifier }) => notifier === row.notifier);
  return earlier === undefined ? '-' : perSecond(row.delivered - earlier.delivered, now.at - before.at);
}

function perSecond(count: number, ms: number): string {
  const rate = ms <= 0 ? 0 : (Math.max(0, count) * 1000) / ms;
  return `${rate >= 10 || rate === 0 ? Math.round(rate).toLocaleString('en-US') : rate.toFixed(1)}/s`;
}

function lastFailure({ lastFailure: last, receiver }: Row, now: number): string {
  const failure = last ?? (receiver?.failing === undefined ? undefined : { at: receiver.at, reason: receiver.failing });
  return failure === undefined ? 'never' : `${age(now - failure.at)} ago: ${failure.reason}`;
}

function facts(status: StatusAnswer, before: StatusAnswer | undefined): readonly string[] {
  const { received, stored, spool, suspectedLosses, sockets, configuration } = status;
  const total = received.total.toLocaleString('en-US');
  const rate =
    before === undefined ? '' : `, ${perSecond(received.total - before.received.total, status.at - before.at)}`;
  const latency = stored === null ? '' : `; stored after ${duration(stored.p50Ms)} (p99 ${duration(stored.p99Ms)})`;
  const share = `${bytes(spool.bytes)} of ${bytes(spool.maxBytes)}`;
  return [
    `Received ${total}${rate}${latency}.`,
    `Spool: ${share}, ${spool.entries.toLocaleString('en-US')} requests, kept ${age(spool.retentionMs)} for replay.`,
    `Suspected losses since the start: ${suspectedLosses.toLocaleString('en-US')}.`,
    `Receives on ${sockets.map((socket) => printable(socket)).join(', ') || 'no socket'}. Configuration loaded ${age(status.at - configuration.loadedAt)} ago.`,
  ];
}

/** `0.4 ms`, `41 ms`, `2.1 s`, `3m 20s`. */
function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : age(ms);
}

function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [amount, unit] = [count, 0];
  for (; amount >= 1024 && unit < units.length - 1; unit++) amount /= 1024;
  return `${amount >= 10 || unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}
