/** `belfry explain`: what becomes of events and captured requests, and why. */
import { isUtf8 } from 'node:buffer';
import type { Command } from 'commander';
import { BelfryError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { type RawRequest, sourceOf } from '../base/request.ts';
import type { Explanation, NotifierVerdict } from '../examine/explain.ts';
import { configurationFlag, loadWithRules } from './configuration-file.ts';
import { capturedIn, eventsIn, holdsEvents } from './input.ts';
import { type CommandIo, outJson, readInput } from './io.ts';

interface ExplainFlags {
  readonly config?: string;
  readonly json?: true;
  readonly dovecot?: true;
}

export function addExplain(program: Command, io: CommandIo): void {
  program
    .command('explain')
    .summary('show how belfry would process an event, and why')
    .description(
      'Reads events (a JSON object, an array of them, or one on each line) or captured requests (datagrams or a ' +
        'stream) from files or standard input. Shows for each how it is decoded, whether it is valid, what the filters remove or change, and which notifiers deliver it. ' +
        'With --dovecot also whether it only repeats an earlier one: give the reports of several drivers in their order.',
    )
    .argument('[files...]', 'files with events or captured requests; - is standard input', ['-'])
    .option(...configurationFlag)
    .option('--json', 'print one JSON object for each, for programs')
    .option('--dovecot', 'each file is a push notification of Dovecot: an HTTP body, or a whole captured HTTP request')
    .action(async (files: readonly string[], flags: ExplainFlags) => {
      const configuration = await loadWithRules(flags.config, io.err);
      const [{ compileRules }, { explainer }] = await Promise.all([
        import('../daemon/generation.ts'),
        import('../examine/explain.ts'),
      ]);
      const { parts, choosers } = await compileRules(configuration);
      const explain = explainer(parts, choosers);
      let next = 1;
      for (const file of files) {
        const input = readInput(file);
        const { requests, notes } = flags.dovecot
          ? await notificationsIn(input, file, next)
          : { requests: requestsIn(input, file), notes: [] };
        if (requests.length === 0) {
          throw new BelfryError('BAD_INPUT', `${file}: contains neither an event nor a request`);
        }
        for (const request of requests) {
          const explanation = explain(request);
          if (flags.json) outJson(io, explanation);
          else io.out(renderExplanation(explanation, next));
          next += 1;
        }
        if (!flags.json) io.out(notes.map((note) => `${note}\n`).join(''));
      }
    });
}

/** The notifications of one request of Dovecot, as its intake takes them apart, and what it leaves out. They are numbered from `first`. */
async function notificationsIn(
  input: Buffer,
  file: string,
  first: number,
): Promise<{ requests: readonly RawRequest[]; notes: readonly string[] }> {
  const { splitDovecot } = await import('../decode/dovecot/split.ts');
  const head = /^[A-Z]+ ([^\n]*) HTTP\/1\.[01]\r?\n/.exec(input.toString('latin1', 0, 4096));
  const end = head === null ? null : /\r?\n\r?\n/.exec(input.toString('latin1'));
  const split = splitDovecot(end === null ? input : input.subarray(end.index + end[0].length));
  if (!split.ok) throw new BelfryError('BAD_INPUT', `${file}: ${split.problem.message}`);
  const { parts, repeated } = split.value;
  return {
    requests: parts.map(({ bytes, dialect }) => ({
      format: 'dovecot',
      bytes,
      source: sourceOf(head?.[1] ?? '', dialect),
    })),
    notes: [
      ...parts.flatMap(({ note }, i) => (note === undefined ? [] : [`${first + i} was ${note}`])),
      ...repeated.map((what) => `left out: ${what}`),
    ],
  };
}

/** Events, or requests as they were captured. */
function requestsIn(input: Buffer, file: string): readonly RawRequest[] {
  // A sender's event that is not UTF-8 is read as ISO 8859-1.
  if (!holdsEvents(input) || !isUtf8(input)) return capturedIn(input);
  return eventsIn(input, file).map(({ text }) => ({ format: 'datagram', bytes: Buffer.from(text) }));
}

function renderExplanation(explanation: Explanation, number: number): string {
  const { flaw, notifiers, changes, dropped } = explanation;
  const lines = [`${number}. ${heading(explanation)}`, ...subject(explanation)];
  lines.push(...changes.map((change) => row('changed', shown(change))));
  if (dropped !== undefined) {
    lines.push(row('dropped', shown(dropped)));
  } else if (flaw !== undefined) {
    const place = flaw.byte === undefined ? flaw.stage : `${flaw.stage}, byte ${flaw.byte}`;
    lines.push(row('unusable', `${place}: ${flaw.message}`));
  } else {
    lines.push(
      row('valid', explanation.known === false ? 'not checked: its type has no schema (unknown_events: pass)' : 'yes'),
    );
  }
  for (const verdict of notifiers.filter(isInteresting)) lines.push(...verdictLines(verdict));
  return `${lines.join('\n')}\n\n`;
}

/** A built-in notifier that nobody has asked for is not worth a line. */
const isInteresting = ({ delivers, reason }: NotifierVerdict): boolean => delivers || reason?.option !== 'method';

function heading({ class: requestClass, event, method, bytes }: Explanation): string {
  if (requestClass === undefined) return `${bytes} bytes that are not a valid request`;
  const what = event === undefined ? `a request of class ${shown(requestClass)}` : `${shown(event)}`;
  return method === '' ? `${what}, ${bytes} bytes` : `${what}, for method ${shown(method ?? '')}, ${bytes} bytes`;
}

function subject({ user, mailbox, owner }: Explanation): string[] {
  const lines = user === '' ? [] : [row('user', shown(user))];
  if (mailbox !== undefined) {
    lines.push(row('mailbox', owner === undefined ? shown(mailbox) : `${shown(mailbox)} of ${shown(owner)}`));
  }
  return lines;
}

function verdictLines({ notifier, delivers, reason, changes, held, note }: NotifierVerdict): string[] {
  if (!delivers) return [row(notifier, `filtered: ${reason?.option}: ${reason?.detail}`)];
  const waits = held === undefined ? [] : [row('', `held back: ${held.option}: ${held.detail}`)];
  const notes = note === undefined ? waits : [...waits, row('', shown(note, 400))];
  if (changes.length === 0) return [row(notifier, 'delivers it'), ...notes];
  return [
    row(notifier, 'delivers it with changes'),
    ...changes.map(({ option, detail }) => row('', `${option}: ${detail}`)),
    ...notes,
  ];
}

const labelWidth = 12;
const row = (label: string, text: string): string => `   ${label.padEnd(labelWidth)} ${printable(text)}`;

const shown = (text: string, longest = 200): string => printable(text, longest);
