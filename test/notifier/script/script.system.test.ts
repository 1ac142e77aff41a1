/** Method script on real modules: what their functions get and return, and how a broken one ends. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExactNumber } from '../../../src/base/event.ts';
import { scriptProblem } from '../../../src/daemon/script-check.ts';
import type { Delivery, Notification, Notifier, Outcome } from '../../../src/notifier/notifier.ts';
import { script } from '../../../src/notifier/script.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { factsOf } from '../../support/facts.ts';
import { until } from '../../support/until.ts';
import { attemptWithin, openMethod, testServices } from '../open-method.ts';
import { eventNotification, requestNotification } from '../samples.ts';

const never = new AbortController().signal;
let directory: string;
const open: Notifier[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-script-'));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  rmSync(directory, { recursive: true });
});

/** `note(value)` appends a line to a file of the test. */
const prologue = (place: string): string => `
import { appendFileSync, existsSync } from 'node:fs';
const note = (value) => appendFileSync('${place}/notes', JSON.stringify(value, (key, one) => typeof one === 'bigint' ? one + 'n' : one) + '\\n');
`;

function write(code: string, place = directory): string {
  const file = join(place, 'events.mjs');
  writeFileSync(file, prologue(place) + code);
  return file;
}
function notesIn(place: string): readonly unknown[] {
  const file = join(place, 'notes');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line) => JSON.parse(line));
}
const notes = (): readonly unknown[] => notesIn(directory);

interface Opened {
  readonly notifier: Notifier;
  readonly logged: readonly Record<string, unknown>[];
}
async function load(code: string, options: Readonly<Record<string, string>> = {}): Promise<Opened> {
  const services = testServices();
  const notifier = await openMethod(script, { file: write(code), ...options }, services);
  open.push(notifier);
  return { notifier, logged: services.logged };
}

const delivery = (notification: Notification, lane = notification.id): Delivery => ({ notification, attempt: 1, lane });
const statuses = (outcomes: readonly Outcome[]): readonly string[] => outcomes.map(({ status }) => status);
const reasonOf = (outcome: Outcome | undefined): string => (outcome && 'reason' in outcome ? outcome.reason : '');
const runs = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

notifierContract('script', async () => {
  const place = mkdtempSync(join(tmpdir(), 'belfry-script-'));
  const code = `export async function other(payload, context, { id }) {
    if (existsSync('${place}/hang')) return new Promise(() => {});
    if (existsSync('${place}/break')) throw new Error('no database');
    note(id);
  }
  export { other as MessageNew };`;
  return {
    notifier: await openMethod(script, { file: write(code, place) }),
    received: () => notesIn(place).map(String),
    breakPeer: () => writeFileSync(join(place, 'break'), ''),
    hangPeer: () => writeFileSync(join(place, 'hang'), ''),
    dispose: async () => rmSync(place, { recursive: true }),
  };
});

describe('the functions', () => {
  it('are called around and for the events of one user and one mailbox, in order', async () => {
    const { notifier } = await load(`
      export const begin = async (user) => { note(['begin', user]); return { user, seen: 0 }; };
      export function MessageNew({ event, messages }, context, { id, attempt }) { context.seen += 1; note([id, event, messages, context.seen, attempt]); }
      export function end(context) { note(['end', context]); }`);
    const event = (id: string, user: string): Delivery => delivery(eventNotification(id, { user }), 'lane');
    const outcomes = await notifier.notify([event('a', 'jane'), event('b', 'jane'), event('c', 'john')], never);
    expect(statuses(outcomes)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(notes()).toEqual([
      ['begin', 'jane'],
      ['a', 'MessageNew', 1, 1, 1],
      ['b', 'MessageNew', 1, 2, 1],
      ['end', { user: 'jane', seen: 2 }],
      ['begin', 'john'],
      ['c', 'MessageNew', 1, 1, 1],
      ['end', { user: 'john', seen: 1 }],
    ]);
  });

  it('get other requests, unknown types and exact numbers', async () => {
    const { notifier } = await load(`
      export function other(payload, context, about) { note([about.class, about.event, payload.message, payload.modseq]); }
      const copy = ({ event, modseq }) => note([event, modseq]);
      export { copy as 'vnd.cmu.MessageCopy' };`);
    const modseq = new ExactNumber('9007199254740993');
    const given = [
      requestNotification('a', { message: 'text' }),
      eventNotification('b', { event: 'vnd.cmu.MessageCopy', modseq }),
      eventNotification('c', { event: 'toString', modseq: new ExactNumber('1.0') }),
      eventNotification('d', { event: 'begin' }),
    ];
    for (const one of given) expect(statuses(await notifier.notify([delivery(one)], never))).toEqual(['delivered']);
    expect(notes()).toEqual([
      ['MAIL', null, 'text', null],
      ['vnd.cmu.MessageCopy', '9007199254740993n'],
      ['EVENT', 'toString', null, 1],
      ['EVENT', 'begin', null, 4],
    ]);
  });

  it('that there are not make an event filtered', async () => {
    const { notifier } = await load('export function MessageRead() {}');
    const [outcome] = await notifier.notify([delivery(eventNotification('a'))], never);
    expect(outcome).toMatchObject({ status: 'filtered', option: 'script_file' });
  });

  it.each([
    ['undefined', 'delivered', ''],
    [`{ status: 'delivered', detail: 'as 4711' }`, 'delivered', ''],
    [`{ status: 'rejected', reason: 'no such\\nuser' }`, 'rejected', 'no such\\nuser'],
    [`{ status: 'retry', reason: 'later', afterMs: 1500 }`, 'retry', 'later'],
    [`{ status: 'retry', afterMs: -1 }`, 'retry', 'retry'],
    [`'OK'`, 'retry', 'outcome'],
    [`{ status: 'filtered' }`, 'retry', 'outcome'],
    [`Promise.reject(new Error('no database'))`, 'retry', 'no database'],
    ['(() => { throw undefined; })()', 'retry', 'MessageNew'],
  ])('may return %s', async (returned, status, reason) => {
    const { notifier } = await load(`export const MessageNew = () => (${returned});`);
    const [outcome] = await notifier.notify([delivery(eventNotification('a'))], never);
    expect(outcome?.status).toBe(status);
    expect(reasonOf(outcome)).toContain(reason);
    if (returned.includes('1500')) expect(outcome).toMatchObject({ afterMs: 1500 });
    if (returned.includes('-1')) expect(outcome).not.toHaveProperty('afterMs');
    if (returned.includes('4711')) expect(outcome).toMatchObject({ detail: 'as 4711' });
  });

  it('say in which line they failed, and nothing of the mailbox is delivered after that', async () => {
    const { notifier } = await load(`export function MessageNew(event, context, { id }) {
  note(id);
  if (id === 'b') null.x;
}`);
    const outcomes = await notifier.notify(
      ['a', 'b', 'c'].map((id) => delivery(eventNotification(id), 'lane')),
      never,
    );
    expect(statuses(outcomes)).toEqual(['delivered', 'retry', 'retry']);
    // After the lines of the prologue.
    expect(factsOf(reasonOf(outcomes[1]))).toMatch(/^MessageNew 6\b/);
    expect(notes()).toEqual(['a', 'b']);
  });

  it.each([
    ['begin', ['retry', 'retry']],
    ['end', ['rejected', 'retry']],
  ])('are all tried again when %s fails', async (name, expected) => {
    const { notifier } = await load(`
      export const ${name} = () => { throw new Error('no transaction'); };
      export const MessageNew = (event, context, { id }) => { if (id === 'a') return { status: 'rejected', reason: 'no' }; };`);
    const outcomes = await notifier.notify(
      ['a', 'b'].map((id) => delivery(eventNotification(id), 'lane')),
      never,
    );
    expect(statuses(outcomes)).toEqual(expected);
  });
});

describe('a script that breaks', () => {
  it('in an endless loop is ended when its time is over, and works on for others', async () => {
    const { notifier } = await load(`export function MessageNew(event, context, { id }) {
      note([id, process.pid]);
      if (id === 'loop') for (;;);
    }`);
    // So that the start is not within the limit.
    expect(statuses(await notifier.notify([delivery(eventNotification('a'))], never))).toEqual(['delivered']);
    const outcome = await attemptWithin(1000, notifier, eventNotification('loop'));
    expect(outcome).toMatchObject({ status: 'retry' });
    expect(statuses(await notifier.notify([delivery(eventNotification('b'))], never))).toEqual(['delivered']);
    const [[, first], , [, second]] = notes() as [string, number][] as [
      [string, number],
      [string, number],
      [string, number],
    ];
    expect(second).not.toBe(first);
    await until('the first is gone', () => !runs(first));
  });

  it('by process.exit loses nothing', async () => {
    const { notifier, logged } = await load(`export function MessageNew(event, context, { id, attempt }) {
      note([id, attempt]);
      if (id === 'exit' && attempt === 1) process.exit(0);
    }`);
    const [first] = await notifier.notify([delivery(eventNotification('exit'))], never);
    expect(first).toMatchObject({ status: 'retry' });
    expect(factsOf(reasonOf(first))).toContain(`${directory}/events.mjs 0`);
    expect(logged.filter(({ level }) => level === 40)).toHaveLength(1);
    const again = async (): Promise<string | undefined> => {
      const notification = eventNotification('exit');
      return (await notifier.notify([{ notification, attempt: 2, lane: '' }], never))[0]?.status;
    };
    await until('it is delivered', async () => (await again()) === 'delivered');
  });

  it('by a leak ends its own process only', async () => {
    const { notifier } = await load(
      `const kept = [];
      export function MessageNew(event, context, { id }) { if (id === 'leak') for (;;) kept.push(new Array(10_000).fill(id)); }`,
      { memory: '32M' },
    );
    const before = process.memoryUsage().rss;
    const [outcome] = await notifier.notify([delivery(eventNotification('leak'))], never);
    expect(outcome).toMatchObject({ status: 'retry' });
    expect(factsOf(reasonOf(outcome))).toContain('SIGABRT');
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6);
    await until(
      'it works again',
      async () => statuses(await notifier.notify([delivery(eventNotification('a'))], never))[0] === 'delivered',
    );
  });

  it('says the line of a mistake, to check without being run, and with what it does when it is loaded', async () => {
    const wrong = write(`note('run');\nexport function MessageNew() {\n  const a = ;\n}`);
    expect(scriptProblem(wrong)).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(`^${wrong}:6: SyntaxError`),
    });
    expect(notes()).toEqual([]);
    expect(scriptProblem(join(directory, 'absent.mjs'))).toMatchObject({ severity: 'error' });
    expect(scriptProblem(directory)).toMatchObject({ severity: 'error' });
    const { notifier } = await load(`import 'no-such-package';`);
    const [outcome] = await notifier.notify([delivery(eventNotification('a'))], never);
    expect(outcome).toMatchObject({ status: 'retry', afterMs: expect.any(Number) });
    expect(factsOf(reasonOf(outcome))).toContain('ERR_MODULE_NOT_FOUND');
    expect(scriptProblem(write(''))).toBeUndefined();
  });

  it('what it prints is logged, and its process ends with the notifier', async () => {
    const { notifier, logged } = await load(
      `export function MessageNew() { console.log('a word'); note(process.pid); setInterval(() => {}, 1000); }`,
    );
    await notifier.notify([delivery(eventNotification('a'))], never);
    await until('it is logged', () => logged.some(({ stderr }) => stderr === 'a word'));
    await notifier.close();
    expect(notes().map(Number).filter(runs)).toEqual([]);
  });
});

it('must be a module', () => {
  const context = { name: 'x', builtIn: false, classes: undefined, servername: '', postmaster: '' };
  expect(script.check({ file: '/etc/belfry/events.js', environment: [] }, context)).toMatchObject([
    { severity: 'error' },
  ]);
});
