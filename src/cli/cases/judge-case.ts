/** Compares what becomes of a request with what a case expects of it. */
import type { Json, JsonObject } from '../../base/event.ts';
import { printable } from '../../base/printable.ts';
import { readStrictJson } from '../../decode/strict-json.ts';
import type { Explanation, NotifierVerdict, Walked } from '../../examine/explain.ts';
import type { Notification } from '../../notifier/notifier.ts';
import type { Preview } from '../../notifier/preview.ts';
import type { Case, Expectation } from './case-format.ts';
import { type Difference, differences } from './difference.ts';

/** What the request of a notification would be, by the name of the notifier, where its method can say it. */
export type Previews = ReadonlyMap<string, (notification: Notification) => Preview>;

/** All notifiers that are not named. */
export const others = '*';

/** Empty when all is as expected. */
export function judgeCase(
  one: Case,
  { explanation, notifications }: Walked,
  previews: Previews,
): readonly Difference[] {
  const { flaw, dropped } = explanation;
  const decoded = one.decoded === undefined ? [] : differences('decoded', one.decoded, decodedIn(explanation));
  if (one.unusable !== undefined || flaw !== undefined) return [...decoded, ...judgeFlaw(one.unusable, explanation)];
  if (one.dropped !== undefined || dropped !== undefined) {
    const isSo = one.dropped !== undefined && dropped?.includes(one.dropped);
    const expected = one.dropped === undefined ? 'not dropped' : `dropped: …${shown(one.dropped)}…`;
    const got = dropped === undefined ? 'not dropped' : `dropped: ${shown(dropped)}`;
    return isSo ? decoded : [...decoded, { where: 'the request', expected, got }];
  }
  const { expect = {} } = one;
  const judged = explanation.notifiers.flatMap((verdict) => {
    const expectation = expect[verdict.notifier] ?? (isForAll(verdict) ? expect[others] : undefined);
    if (expectation === undefined) return [];
    const notification = notifications.get(verdict.notifier);
    const preview = notification === undefined ? undefined : previews.get(verdict.notifier)?.(notification);
    return judgeVerdict(expectation, verdict, preview);
  });
  return [...decoded, ...judged];
}

/** A built-in notifier is one that nobody has asked for, unless requests reach it. */
const isForAll = ({ delivers, reason }: NotifierVerdict): boolean => delivers || reason?.option !== 'method';

function decodedIn({ class: requestClass, event, method, user, mailbox, owner }: Explanation): JsonObject {
  return Object.fromEntries(
    Object.entries({ class: requestClass, event, method, user, mailbox, owner }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

function judgeFlaw(expected: Case['unusable'], { flaw }: Explanation): readonly Difference[] {
  const { stage, because = '' } = expected ?? {};
  if (expected !== undefined && flaw !== undefined) {
    if ((stage === undefined || stage === flaw.stage) && flaw.message.includes(because)) return [];
  }
  const got = flaw === undefined ? 'valid' : `unusable: ${shown(`${flaw.stage}: ${flaw.message}`)}`;
  const wanted = ['unusable', ...(stage === undefined ? [] : [stage]), ...(because === '' ? [] : [`…${because}…`])];
  return [{ where: 'the request', expected: expected === undefined ? 'valid' : shown(wanted.join(': ')), got }];
}

function judgeVerdict(
  expectation: Expectation,
  verdict: NotifierVerdict,
  preview: Preview | undefined,
): readonly Difference[] {
  const { notifier: where, delivers, payload = {} } = verdict;
  const { outcome, filtered_by: option, because = '', held_by: holder, gets, lacks = [], sends } = expectation;
  const reason =
    preview !== undefined && 'unfit' in preview ? { option: 'webhook_format', detail: preview.unfit } : verdict.reason;
  const isFiltered = !delivers || reason !== undefined;
  const got = isFiltered
    ? shown(`filtered by ${reason?.option}: ${reason?.detail}`)
    : preview !== undefined && 'wrong' in preview
      ? shown(`rejected: ${preview.wrong}`)
      : 'delivered';
  if (outcome === 'filtered' || option !== undefined || because !== '') {
    const isSo = (option === undefined || isOption(where, option, reason?.option)) && reason?.detail.includes(because);
    if (isFiltered && isSo) return [];
    const expected = `filtered${option === undefined ? '' : ` by ${option}`}${because === '' ? '' : `: …${because}…`}`;
    return [{ where, expected: shown(expected), got }];
  }
  if (got !== 'delivered') return [{ where, expected: 'delivered', got }];
  const { held } = verdict;
  const isHeld = holder === undefined || isOption(where, holder, held?.option);
  return [
    ...(isHeld
      ? []
      : [
          {
            where,
            expected: `held by ${shown(holder)}`,
            got: held === undefined ? 'not held' : `held by ${held.option}`,
          },
        ]),
    ...(gets === undefined ? [] : differences(`${where}: gets`, gets, payload)),
    ...lacks
      .filter((name) => Object.hasOwn(payload, name))
      .map((name) => ({ where: `${where}: lacks`, expected: `no ${shown(name)}`, got: `it has ${shown(name)}` })),
    ...(sends === undefined || preview === undefined || !('value' in preview)
      ? []
      : judgeRequest(`${where}: sends`, sends, preview.value)),
  ];
}

/** Options of a notifier may be written with its name, or without where they are the same for all. */
function isOption(notifier: string, written: string, option: string | undefined): boolean {
  const plain = (name: string): string => (name.startsWith(`${notifier}_`) ? name.slice(notifier.length + 1) : name);
  return option !== undefined && plain(written) === plain(option);
}

function judgeRequest(
  where: string,
  { method, path, headers, body }: NonNullable<Expectation['sends']>,
  got: Extract<Preview, { value: unknown }>['value'],
): readonly Difference[] {
  const inLowerCase = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, text]) => [name.toLowerCase(), text]),
  );
  return [
    ...(method === undefined ? [] : differences(`${where}.method`, method, got.method)),
    ...(path === undefined ? [] : differences(`${where}.path`, path, got.path)),
    ...differences(`${where}.headers`, inLowerCase, got.headers),
    ...(body === undefined
      ? []
      : differences(`${where}.body`, body, typeof body === 'string' ? got.body : jsonOf(got.body))),
  ];
}

/** The text itself where it is no JSON. */
function jsonOf(body: string): Json {
  const read = readStrictJson(body, { maxLength: body.length, maxDepth: 100 });
  return read.ok ? read.value : body;
}

const shown = (text: string): string => printable(text, 400);
