/** Events for the tests of the schemas: those of Cyrus' documentation, those recorded from a real Cyrus, and two that nobody sent. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Json, MailEvent } from '../../src/base/event.ts';
import { decodeDovecot } from '../../src/decode/dovecot/decode.ts';
import { splitDovecot } from '../../src/decode/dovecot/split.ts';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { captured } from '../decode/captured.ts';
import { capturedBodies, transactions } from '../decode/dovecot/captured.ts';

interface Sample {
  readonly name: string;
  readonly event: MailEvent;
}

function eventIn(text: string): MailEvent {
  const event = decodeEvent(text);
  if (!event.ok) throw new Error(event.problem.message);
  return event.value;
}

const folder = new URL('../fixtures/documented/', import.meta.url);

const documentedSamples: readonly Sample[] = readdirSync(folder).map((name) => ({
  name,
  event: eventIn(readFileSync(new URL(name, folder), 'utf8')),
}));

const capturedSamples: readonly Sample[] = captured.flatMap(({ name, bytes }) => {
  const frame = decodeFrame(bytes);
  if (!frame.ok) throw new Error(`${name}: ${frame.problem.message}`);
  return frame.value.class === 'EVENT' ? [{ name, event: eventIn(frame.value.message) }] : [];
});

/** Of the types that neither the documentation nor the recordings have. */
const inventedSamples: readonly Sample[] = [
  {
    name: 'MessagesUnscheduled, as Cyrus imap/caldav_alarm.c makes it',
    event: { event: 'MessagesUnscheduled', pid: 4242, userId: 'john', count: 2 },
  },
  {
    name: 'CalendarEventNew, which Cyrus imap/mboxevent.c names',
    event: {
      event: 'CalendarEventNew',
      uri: 'imap://imap.example.org/user.john.%23calendars.Default;UIDVALIDITY=7/;UID=3',
      user: 'john',
      'vnd.cmu.mbtype': 'c',
      'vnd.cmu.davFilename': 'meeting.ics',
      'vnd.cmu.davUid': 'meeting',
    },
  },
];

/** What belfry makes of the requests of a real Dovecot. */
const dovecotSamples: readonly Sample[] = [
  ...capturedBodies,
  ...transactions.map((body, i) => ({ name: `Dovecot's transaction ${i + 1}`, body })),
].flatMap(({ name, body }) => {
  const split = splitDovecot(body);
  if (!split.ok) throw new Error(`${name}: ${split.problem.message}`);
  return split.value.parts.flatMap(({ bytes }, i) => {
    const request = decodeDovecot(bytes);
    if (!request.ok) throw new Error(`${name}: ${request.problem.message}`);
    const { message, dropped } = request.value;
    return dropped === undefined ? [{ name: `${name}, event ${i + 1}`, event: eventIn(message) }] : [];
  });
});

export const samples: readonly Sample[] = [
  ...documentedSamples,
  ...capturedSamples,
  ...inventedSamples,
  ...dovecotSamples,
];

/** A sample of this type. */
export function sampleOf(type: string): MailEvent {
  const sample = samples.find(({ event }) => event.event === type);
  if (sample === undefined) throw new Error(`there is no sample of ${type}`);
  return sample.event;
}

export function without(event: MailEvent, ...names: readonly string[]): MailEvent {
  const entries = Object.entries(event).filter(([name]) => !names.includes(name));
  return { ...Object.fromEntries<Json>(entries), event: event.event };
}
