/** What notifiers are given is what was sent: the order of keys and the form of every number, filtered or not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeJson } from '../../src/base/event.ts';
import type { Entry, RawRequest } from '../../src/base/request.ts';
import { splitDovecot } from '../../src/decode/dovecot/split.ts';
import { createExaminer } from '../../src/examine/examiner.ts';
import { jsonLines } from '../../src/notifier/log/log-line.ts';
import type { Notification } from '../../src/notifier/notifier.ts';
import { rulesOf } from './rules.ts';

const { parts, choosers } = await rulesOf(
  'notifiers: all slim\nall_method: log\nslim_method: log\nslim_event_extra_params: timestamp\n' +
    'event_groups: message flags\nevent_exclude_specialuse: none\n',
);

/** What the notifier is given; `slim` has the service taken out. */
function given(name: 'all' | 'slim', format: RawRequest['format'], bytes: string | Uint8Array): Notification {
  const chooser = choosers.find((one) => one.name === name);
  if (chooser === undefined) throw new Error(`unknown notifier ${name}`);
  const request = { format, bytes: Buffer.from(bytes) };
  const route = createExaminer(parts).route({ position: 1, id: 'ID1', receivedAt: 0, request }, chooser);
  if (route.kind !== 'deliver') throw new Error(JSON.stringify(route));
  return route.notification;
}

const line = (notification: Notification): string => jsonLines()({ notification, attempt: 1, lane: '' }, 'all', 0);
const read = (rest: string): string =>
  `{"event":"MessageRead",${rest},"uri":"imap://h/user/john;UIDVALIDITY=7","uidset":"1"}`;

describe('an event', () => {
  const text = read(
    '"zeta":1.0,"modseq":9223372036854775807,"alpha":[9007199254740993.0,{"b":-0,"a":1E3}],"user":"john"',
  );

  it('is passed on as the text that came where no filter changed it', () => {
    const spaced = `\t${text.replaceAll(',', ' ,\n ')} `;
    expect(given('all', 'event', spaced).message).toBe(spaced);
    const { message, payload } = given('all', 'datagram', text);
    expect([message, writeJson(payload)]).toEqual([text, text]);
  });

  it('keeps order and numbers where a filter changed it, in the log as well', () => {
    const filtered = text.replace('"modseq":9223372036854775807,', '');
    const notification = given('slim', 'datagram', text);
    expect(notification.message).toBe(filtered);
    expect(line(notification)).toContain(`"payload":${filtered},`);
    expect(line(given('all', 'datagram', text))).toContain(`"payload":${text},`);
  });

  it('goes into the log as its own text, but where that has blanks between its tokens or a filter changed it', () => {
    // What JSON.stringify would write otherwise shows whose text it is.
    const own = read('"service":"\\u0069map","2":1,"1":"a b"');
    expect(given('all', 'datagram', own).printable).toBe(own);
    expect(line(given('all', 'datagram', own))).toContain(`"payload":${own},`);
    expect(given('slim', 'datagram', own).printable).not.toContain('\\u0069');
    for (const blank of [' ', '\t', '\n', '\r']) {
      for (const spaced of [own.replace(',', `,${blank}`), `${own}${blank}`, `${blank}${own}`]) {
        expect(given('all', 'event', `${spaced} `).printable).not.toContain('\\u0069');
        expect(line(given('all', 'event', `${spaced} `)).split('\n')).toHaveLength(2);
        expect(line(given('all', 'event', `${spaced} `))).toContain('"payload":{"1":"a b","2":1,"event":');
      }
    }
    const steering = read('"service":"a\u202e\u009b"');
    expect(line(given('all', 'datagram', steering))).toContain('"service":"a\\u202e\\u009b"');
  });

  it('is one notification for all notifiers with the same filter, whose request is read once', () => {
    const bytes = Buffer.from(text);
    let taken = 0;
    const entry = (): Entry => ({
      ...{ position: 1, id: 'ID1', receivedAt: 0 },
      get request() {
        taken += 1;
        return { format: 'datagram', bytes } as const;
      },
    });
    const examiner = createExaminer(parts);
    const all = choosers.filter(({ name }) => name === 'all');
    const routes = [...all, ...all].map((chooser, i) =>
      examiner.route(entry(), { ...chooser, order: i === 0 ? 'user' : 'none' }),
    );
    const [one, other] = routes.map((route) => (route.kind === 'deliver' ? route : undefined));
    expect(one?.notification).toBe(other?.notification);
    expect([one?.lane, other?.lane]).toEqual(['user john', '#1']);
    expect(examiner.isUnusable(entry())).toBe(false);
    expect(taken).toBe(2);
  });

  it('keeps any numbers, whichever they are', () => {
    const digits = fc.stringMatching(/^-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,25})?(?:[eE][+-]?[0-9]{1,4})?$/);
    fc.assert(
      fc.property(fc.array(digits, { minLength: 1, maxLength: 5 }), (numbers) => {
        const sent = read(`"service":"imap","vnd.example.n":[${numbers.join(',')}]`);
        expect(given('all', 'datagram', sent).message).toBe(sent);
        expect(given('slim', 'datagram', sent).message).toBe(sent.replace('"service":"imap",', ''));
        expect(line(given('slim', 'datagram', sent))).toContain(`[${numbers.join(',')}]`);
      }),
    );
  });

  it('is held to its schema with the numbers that they are', () => {
    const flawOf = (rest: string): string | undefined =>
      createExaminer(parts).flaw({
        ...{ position: 1, id: 'ID1', receivedAt: 0 },
        request: { format: 'event', bytes: Buffer.from(read(rest)) },
      })?.message;
    for (const modseq of ['43.0', '9223372036854775807', '4e1']) expect(flawOf(`"modseq":${modseq}`)).toBeUndefined();
    for (const modseq of ['1.50', '-1.0', '1e400', '99999999999999999999']) {
      expect(flawOf(`"modseq":${modseq}`)).toMatch(/^modseq is /);
    }
  });

  it('of a CloudEvent or of Dovecot has its numbers too', () => {
    const data = read('"modseq":9007199254740993');
    const cloudEvent = `{"specversion":"1.0","id":"1","source":"s","type":"x.MessageRead","data":${data}}`;
    expect(given('all', 'cloudevent', cloudEvent).message).toBe(data);
    const dovecot = { user: 'a', event: 'MessageNew', folder: 'A', 'imap-uidvalidity': 7 };
    const body = `${JSON.stringify(dovecot).slice(0, -1)},"imap-uid":[1.0,2],"messages":9007199254740993.0,"unseen":3.0}`;
    const split = splitDovecot(Buffer.from(body));
    if (!split.ok) throw new Error(split.problem.message);
    const messages = split.value.parts.map(({ bytes }) => given('all', 'dovecot', bytes).message);
    expect(messages).toEqual([
      expect.stringMatching(/;UID=1".*"messages":9007199254740993,"vnd.cmu.unseenMessages":3\}$/),
      expect.stringMatching(/;UID=2".*"messages":9007199254740993,"vnd.cmu.unseenMessages":3\}$/),
    ]);
  });
});

describe('a request of another class', () => {
  it('has its keys in one order, and the JSON of an IMIP as it came', () => {
    const imip = '{"sender":"a","recipient":"b","n":1.0}';
    const { payload, message } = given('all', 'datagram', `\0IMIP\0\0john\0\0${'0'}\0${imip}\0`);
    expect(writeJson(payload)).toBe(
      `{"class":"IMIP","method":"","priority":"","user":"john","mailbox":"","options":[],"imip":${imip}}`,
    );
    expect(message).toBe(imip);
  });

  it('has the name of its mailbox decoded', () => {
    const { mailbox, payload } = given('all', 'datagram', `\0MAIL\0\0john\0INBOX/Entw&APw-rfe\0${'0'}\0x\0`);
    expect([mailbox, payload['mailbox']]).toEqual(['INBOX/Entwürfe', 'INBOX/Entwürfe']);
  });
});
