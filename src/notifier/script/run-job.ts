/** Runs the functions of a script for the notifications of a job, and makes outcomes of what they return and throw. */
import { messageOf } from '../../base/error.ts';
import { printable } from '../../base/printable.ts';
import type { Outcome } from '../notifier.ts';
import type { ScriptJob } from './messages.ts';

/** What a script exports; which of it are functions, it is asked when it is called. */
export type ScriptModule = Readonly<Record<string, unknown>>;

const reasonLimit = 500;

/** `url` is that of the script, for the line of an exception. `onProgress` is called after each notification. Never rejects. */
export async function runJob(
  module: ScriptModule,
  url: string,
  { user, notifications }: ScriptJob,
  onProgress: () => void,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const fail = (error: unknown, name: string): Outcome => ({ status: 'retry', reason: explain(error, name, url) });
  let context: unknown;
  try {
    context = await call(module, 'begin', user);
  } catch (error) {
    return notifications.map(() => fail(error, 'begin'));
  }
  for (const [payload, about] of notifications) {
    const { event = 'other' } = about;
    const name = isFunction(module[event]) && !reserved.has(event) ? event : 'other';
    const outcome = await outcomeOf(name, payload, about);
    outcomes.push(outcome);
    onProgress();
    // Nothing of a lane is delivered after what is tried again.
    if (outcome.status === 'retry') break;
  }
  try {
    await call(module, 'end', context);
  } catch (error) {
    const failure = fail(error, 'end');
    return notifications.map((_, i) => (outcomes[i]?.status === 'rejected' ? outcomes[i] : failure));
  }
  return notifications.map((_, i) => outcomes[i] ?? outcomes.at(-1) ?? { status: 'delivered' });

  async function outcomeOf(
    name: string,
    ...given: readonly [payload: unknown, about: { readonly event?: string }]
  ): Promise<Outcome> {
    const [payload, about] = given;
    if (!isFunction(module[name])) {
      const detail = `the script exports no function ${printable(about.event ?? 'other', 100)}`;
      return { status: 'filtered', option: 'script_file', detail };
    }
    try {
      return checked(await call(module, name, payload, context, about), name);
    } catch (error) {
      return fail(error, name);
    }
  }
}

/** Names that are no types of events, though they are functions. */
const reserved: ReadonlySet<string> = new Set(['begin', 'end']);

type AnyFunction = (...given: readonly unknown[]) => unknown;
const isFunction = (value: unknown): value is AnyFunction => typeof value === 'function';

async function call(module: ScriptModule, name: string, ...given: readonly unknown[]): Promise<unknown> {
  const found = module[name];
  return isFunction(found) ? await found(...given) : undefined;
}

/** Without a value it is delivered. What is no outcome is a mistake of the script, which may be mended. */
function checked(returned: unknown, name: string): Outcome {
  if (returned === undefined || returned === null) return { status: 'delivered' };
  const { status, reason, detail, afterMs } = returned as Readonly<Record<string, unknown>>;
  const why = printable(
    typeof reason === 'string' && reason !== '' ? reason : `${name} returned ${String(status)}`,
    reasonLimit,
  );
  if (status === 'delivered') {
    return typeof detail === 'string' && detail !== ''
      ? { status, detail: printable(detail, reasonLimit) }
      : { status };
  }
  if (status === 'rejected') return { status, reason: why };
  if (status === 'retry') return { status, reason: why, ...(isDelay(afterMs) && { afterMs }) };
  return { status: 'retry', reason: `${name} returned something that is no outcome` };
}

const isDelay = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0;

/** With the line of the script, where the exception names it. */
function explain(error: unknown, name: string, url: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(`${url}:`);
  const [line] = at < 0 ? [] : (/^[0-9]+/.exec(stack.slice(at + url.length + 1)) ?? []);
  return printable(`${name}${line === undefined ? '' : ` (line ${line})`} failed: ${messageOf(error)}`, reasonLimit);
}
