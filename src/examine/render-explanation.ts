/** An explanation as text, for the command and for the page. */
import { printable } from '../base/printable.ts';
import type { Explanation, NotifierVerdict } from './explain.ts';

/** Some lines and an empty one; `number` stands before the first. What comes from the request is escaped. */
export function renderExplanation(explanation: Explanation, number: number): string {
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
