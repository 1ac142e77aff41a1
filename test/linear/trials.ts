/** Every reader of text that a sender, a mail user or a receiver of notifications wrote, with the shapes that lead far into it. */

import { type Json, type MailEvent, withDoubles, withSortedNames, writeJson } from '../../src/base/event.ts';
import { escapedJson, printable } from '../../src/base/printable.ts';
import { decodeCloudEvent } from '../../src/decode/cloud-event.ts';
import { decodeNotify } from '../../src/decode/dlist/notify.ts';
import { parseDlist } from '../../src/decode/dlist/parse.ts';
import { DlistScanner } from '../../src/decode/dlist/scanner.ts';
import { decodeDovecot } from '../../src/decode/dovecot/decode.ts';
import { splitDovecot } from '../../src/decode/dovecot/split.ts';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { formatImapUrl, parseImapUrl } from '../../src/decode/imap-url.ts';
import { readJson } from '../../src/decode/json.ts';
import { arraySlices, lineSlices } from '../../src/decode/json-slices.ts';
import { mailboxOf } from '../../src/decode/mailbox.ts';
import { fromModifiedUtf7 } from '../../src/decode/modified-utf7.ts';
import { readStrictJson } from '../../src/decode/strict-json.ts';
import { formatUidset, parseUidset } from '../../src/decode/uidset.ts';
import { GapWatch } from '../../src/examine/gap-watch.ts';
import { compileRouting } from '../../src/examine/routing.ts';
import { compileContent, contentModes } from '../../src/filter/content.ts';
import { compileExcludedFlags } from '../../src/filter/flags.ts';
import { compileExtraParameters } from '../../src/filter/parameters.ts';
import { compileMailboxPatterns, compileUserPatterns } from '../../src/filter/pattern.ts';
import { compileSelection } from '../../src/filter/selection.ts';
import { compileSpecialUse, defaultSpecialUse } from '../../src/filter/special-use.ts';
import { compileWildcards } from '../../src/filter/wildcard.ts';
import { routes } from '../../src/intake/http/routes.ts';
import { journalForm, jsonForm, textForm } from '../../src/log/line-form.ts';
import { parseHttpDate } from '../../src/notifier/http/http-date.ts';
import { headOf } from '../../src/notifier/http/http-wire.ts';
import { judgeAnswer } from '../../src/notifier/http/judge-answer.ts';
import { cyrusLine, jsonLines } from '../../src/notifier/log/log-line.ts';
import {
  parseAddress,
  parseMailbox,
  parseRecipient,
  splitAddresses,
  uniqueAddresses,
} from '../../src/notifier/mailto/address.ts';
import { automaticBecause, isFromSelf, isOwnMail, messageIdIn } from '../../src/notifier/mailto/automatic-mail.ts';
import { decodeWords } from '../../src/notifier/mailto/encoded-words.ts';
import { draftEventMail } from '../../src/notifier/mailto/event-draft.ts';
import { parseMailtoUri } from '../../src/notifier/mailto/mailto-uri.ts';
import { draftSieveMail } from '../../src/notifier/mailto/sieve-draft.ts';
import { failureOf } from '../../src/notifier/mailto/smtp-failure.ts';
import { parseUserMap } from '../../src/notifier/mailto/user-map.ts';
import type { Notification } from '../../src/notifier/notifier.ts';
import { canonicalFlags } from '../../src/notifier/template/canonical-flags.ts';
import { parseTemplate } from '../../src/notifier/template/template.ts';
import { formats } from '../../src/schema/format.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { everyShape, grown, type Trial } from './shapes.ts';

const compiledSchemas = await loadSchemas();
const limits = { maxLength: Number.MAX_SAFE_INTEGER, maxDepth: 32 };
const now = Date.UTC(2026, 0, 1);
const inJson: readonly (readonly [string, string])[] = [
  ['', ''],
  ['"', '"'],
  ['[', '0]'],
  ['{"event":"MessageNew","a":[', '1]}'],
  ['{"event":"MessageNew","a":"', '"}'],
];
const event = (more: Readonly<Record<string, Json>>): MailEvent => ({ event: 'MessageNew', ...more });

function notification(about: Partial<Notification>): Notification {
  const texts = { class: 'EVENT', method: '', priority: '', user: 'john', mailbox: 'INBOX', message: '' };
  return { id: '1', receivedAt: now, options: [], payload: {}, ...texts, ...about };
}

export function* trials(): Generator<Trial> {
  yield* requests();
  yield* names();
  yield* filters();
  yield* schemas();
  yield* watches();
  yield* mails();
  yield* answersAndLogs();
}

function* requests(): Generator<Trial> {
  yield* everyShape('frame', (text) => decodeFrame(Buffer.from(text)), {
    around: [
      ['', ''],
      ['m\0c\0p\0u\0b\x000\0', ''],
      ['\xff\0c\0p\0u\0b\x002\0', ''],
    ],
  });
  yield grown('frame: options', 60, (count) => {
    const bytes = Buffer.from(`m\0c\0p\0u\0b\0${count}\0${'option\0'.repeat(count)}message\0`);
    return () => decodeFrame(bytes);
  });
  const lines: readonly (readonly [string, string])[] = [
    ['', '\r\n'],
    ['NOTIFY %(MESSAGE ', ')\r\n'],
    ['NOTIFY %(MESSAGE "', '")\r\n'],
    ['NOTIFY %(OPTIONS (', '))\r\n'],
    ['NOTIFY %(', ')\r\n'],
  ];
  yield* everyShape('dlist', (text) => decodeNotify(Buffer.from(text)), { around: lines });
  yield* everyShape('dlist byte by byte', byteByByte, { around: lines });
  for (const shape of ['(', ')', '%(A ', 'A ', '{0+}\r\n ', '"" '] as const) {
    const most = { maxBytes: 2 ** 30, maxDepth: 2 ** 30, maxValues: 2 ** 30 };
    const around = [['A (', '))\r\n']] as const;
    yield* everyShape('dlist without limits', (text) => parseDlist(Buffer.from(text), most), { around, only: [shape] });
  }
  for (const [name, read] of [
    ['JSON', (text: string) => readJson(text, limits)],
    ['strict JSON', (text: string) => readStrictJson(text, limits)],
    ['event', decodeEvent],
    ['JSON array', (text: string) => arraySlices(Buffer.from(text), 10_000)],
    ['JSON lines', (text: string) => lineSlices(Buffer.from(text), 10_000)],
  ] as const) {
    yield* everyShape(name, read, { around: inJson });
  }
  for (const [name, read] of Object.entries({ readJson, readStrictJson })) {
    yield grown(`${name}: names`, 2000, (count) => {
      const text = `{${Array.from({ length: count }, (_, i) => `"n${i}":1.0`).join()}}`;
      return () => read(text, limits);
    });
    yield grown(`${name}: nesting`, 100, (count) => {
      const text = `${'[{"a":'.repeat(count)}1${'}]'.repeat(count)}`;
      return () => read(text, { ...limits, maxDepth: 2 ** 30 });
    });
  }
  yield* everyShape('CloudEvent', (text) => decodeCloudEvent(Buffer.from(text)), {
    around: [
      ['{"specversion":"1.0","id":"1","source":"s","type":"', '"}'],
      ['{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"imap://', '"}'],
      ['{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"', '"}'],
      ['{"specversion":"1.0","id":"1","source":"s","type":"t","data":1,"datacontenttype":"', '"}'],
    ],
  });
  yield* dovecot();
}

function byteByByte(text: string): void {
  const bytes = Buffer.from(text);
  const scanner = new DlistScanner();
  for (let at = 0; at < bytes.length; at += 1) scanner.feed(bytes.subarray(at, at + 1));
}

function* dovecot(): Generator<Trial> {
  const flagsSet = '"user":"u","mailbox":"b","uid_validity":1';
  const around: readonly (readonly [string, string])[] = [
    ['', ''],
    ['user=u&mailbox=', '&event=MessageNew'],
    [`{"event":"FlagsSet",${flagsSet},"uid":[1],"flags":"`, '"}'],
    [`{"event":"FlagsSet",${flagsSet},"uid":[1],"keywords":[`, '"a"]}'],
    [`{"event":"MessageExpunge",${flagsSet},"uid":[`, '1]}'],
    ['{"user":"u","events":[', '{}]}'],
  ];
  yield* everyShape('Dovecot', (text) => decodeDovecot(Buffer.from(text)), { around });
  yield* everyShape('Dovecot, split', (text) => splitDovecot(Buffer.from(text)), { around });
  const list = (count: number, make: (i: number) => unknown): string =>
    JSON.stringify(Array.from({ length: count }, (_, i) => make(i)));
  const bodies: Readonly<Record<string, (count: number) => string>> = {
    'UIDs that arrived': (count) => `{"event":"MessageNew",${flagsSet},"uid":${list(count, (i) => i + 1)}}`,
    'UIDs in falling order': (count) => `{"event":"FlagsSet",${flagsSet},"uid":${list(count, (i) => 2 * (count - i))}}`,
    flags: (count) => `{"event":"FlagsSet",${flagsSet},"uid":1,"flags":${list(count, (i) => `\\f${i}`)}}`,
    'keywords that are none': (count) =>
      `{"event":"FlagsSet",${flagsSet},"uid":1,"keywords":${list(count, (i) => `k ${i}`)}}`,
    events: (count) =>
      `{"user":"u","events":${list(count, (i) => ({ event: 'FlagsSet', mailbox: 'b', uid: i + 1, uid_validity: 1, flags: ['\\Seen'] }))}}`,
    'mailboxes created': (count) => list(count, (i) => ({ event: 'MailboxCreate', user: 'u', mailbox: `b${i}` })),
  };
  for (const [shape, body] of Object.entries(bodies)) {
    for (const [name, read] of Object.entries({ splitDovecot, decodeDovecot })) {
      yield grown(`${name}: ${shape}`, 1000, (count) => {
        const bytes = Buffer.from(body(count));
        return () => read(bytes);
      });
    }
  }
}

function* names(): Generator<Trial> {
  const urls: readonly (readonly [string, string])[] = [
    ['imap://', ''],
    ['imap://', '@h/b'],
    ['imap://h/', ';UIDVALIDITY=1/;UID=2'],
    ['imap://h/b;', ''],
    ['imap://h/b?', ''],
  ];
  yield* everyShape('IMAP URL', parseImapUrl, { around: urls });
  // Shorter ones are left to an expression.
  yield* everyShape('IMAP URL as a format', formatNamed('imap-url'), { around: urls, length: 4096 });
  yield* everyShape('IMAP URL, written', (text) => formatImapUrl({ host: 'h', user: text, mailbox: text }));
  yield* everyShape('mailbox', (text) => mailboxOf({ host: 'h', mailbox: text }), {
    around: [
      ['', ''],
      ['user/', ''],
      ['user.', ''],
      ['user.john@', '.Sub'],
      ['example.org!user.', ''],
    ],
  });
  yield* everyShape('modified UTF-7', fromModifiedUtf7, { around: [['&-', '']] });
  const uids: readonly (readonly [string, string])[] = [['', '1']];
  yield* everyShape('uidset', parseUidset, { around: uids });
  yield* everyShape('uidset as a format', formatNamed('uidset'), { around: uids });
  yield grown('uidset: ranges in falling order', 2000, (count) => {
    const text = Array.from({ length: count }, (_, i) => `${4 * (count - i)}:${4 * (count - i) + 1}`).join();
    return () => {
      const set = parseUidset(text);
      return set.ok ? formatUidset(set.value) : undefined;
    };
  });
  yield* everyShape('flags', canonicalFlags);
}

function formatNamed(name: string): (text: string) => unknown {
  const format = formats[name];
  if (typeof format !== 'function') throw new Error(`the format ${name} is no function`);
  return format;
}

function* filters(): Generator<Trial> {
  const patterns = [
    '*a*b*%c*%d',
    '%/%/%',
    'INBOX*',
    'user/*/Sub*',
    `${'a*'.repeat(60)}`,
    '*'.repeat(500),
    '*@example.org',
  ];
  for (const pattern of patterns) {
    const matches = compileWildcards(pattern, true);
    yield* everyShape(`wildcards ${pattern.slice(0, 20)}`, (text) => matches(text, undefined, 0), {
      around: [
        ['', ''],
        ['ab', pattern.replace(/[*%]/g, '')],
      ],
    });
  }
  const matching = compileMailboxPatterns(patterns.map((pattern) => ({ pattern, value: pattern })));
  const attributes = compileSpecialUse(defaultSpecialUse);
  const isChosen = compileUserPatterns(patterns);
  const select = compileSelection({
    name: 'n',
    events: ['message'],
    mailboxes: patterns,
    users: patterns,
    classes: ['EVENT'],
  });
  for (const [reader, read] of [
    ['patterns of mailboxes', (name: string) => matching({ name, owner: name, separator: undefined, inbox: false })],
    ['special use', (name: string) => attributes({ name, owner: 'john', separator: '/', inbox: false })],
    ['patterns of users', isChosen],
    ['selection', (text: string) => select({ class: 'EVENT', event: text, user: text })],
  ] as const) {
    yield* everyShape(reader, read, {
      around: [
        ['', ''],
        ['user/', '/Junk'],
        ['INBOX.', ''],
      ],
    });
  }
  const flags = compileExcludedFlags(['\\Seen', '$Work']);
  yield* everyShape('excluded flags', (flagNames) => flags?.(event({ flagNames }), 'FlagsSet', undefined, 'http'));
  for (const mode of contentModes) {
    const content = compileContent(mode, 1000);
    yield* everyShape(
      `content, ${mode}`,
      (messageContent) => content?.(event({ messageContent }), '', undefined, 'http'),
      {
        around: [
          ['', ''],
          ['Subject: a\r\n', '\r\n\r\nbody'],
        ],
      },
    );
    yield grown(`content, ${mode}: by UID`, 500, (count) => {
      const contents = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`${i}`, `a: b\n\n${'c'.repeat(1000)}`]),
      );
      return () => content?.(event({ messageContent: contents }), '', undefined, 'http');
    });
  }
  const extra = compileExtraParameters(['modseq']);
  yield grown('extra parameters', 1000, (count) => {
    const many = event({ ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i])), timestamp: '' });
    return () => extra?.(many, 'MessageNew', undefined, 'http');
  });
  const route = compileRouting({
    notifiers: [{ name: 'mail', methods: ['mailto'], builtIn: false }],
    defaultNotifiers: ['mail'],
    sieveNotifiers: ['mail'],
  });
  for (const requestClass of ['SIEVE', 'MAIL']) {
    const request = { class: requestClass, priority: '', user: '', mailbox: '', options: [], message: '' };
    yield* everyShape(`routing of ${requestClass}`, (method) => route({ ...request, method }));
  }
}

function* schemas(): Generator<Trial> {
  const { validate } = compiledSchemas;
  const parameters = [
    'uri',
    'timestamp',
    'uidset',
    'flagNames',
    'messageContent',
    'bodyStructure',
    'vnd.cmu.envelope',
    'user',
  ];
  for (const parameter of parameters) {
    yield* everyShape(`schema of ${parameter}`, (text) => validate(event({ [parameter]: text })), {
      // Shorter URLs are left to an expression.
      length: 4096,
      around: [
        ['', ''],
        ['imap://h/', ';UIDVALIDITY=1/;UID=2'],
      ],
    });
  }
  yield* everyShape('type of an event', (text) => validate({ event: text }));
  yield grown('schema: parameters that it does not know', 1000, (count) => {
    const many = event(Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i])));
    return () => validate(many);
  });
  yield grown('schema: items of a list', 1000, (count) => {
    const many = event({ flagNames: Array.from({ length: count }, (_, i) => `f${i}`) });
    return () => validate(many);
  });
  for (const route of routes) {
    for (const mediaType of [
      'application/json',
      'application/x-ndjson',
      'application/cloudevents+json',
      'text/plain',
    ]) {
      const [method = '', path = ''] = [route.methods[0], route.paths[0]];
      const head = {
        method,
        path,
        mediaType,
        query: new URLSearchParams(),
        headers: new Map([['content-type', mediaType]]),
      };
      yield* everyShape(`${path} with ${mediaType}`, (text) => route.read(Buffer.from(text), head), { around: inJson });
    }
    yield* everyShape(`${route.paths[0]} with headers of a CloudEvent`, (text) => {
      const headers = new Map([
        ['ce-specversion', '1.0'],
        ['ce-id', text],
        ['ce-source', text],
        ['ce-type', text],
      ]);
      const head = { method: 'POST', path: '/', mediaType: 'application/json', query: new URLSearchParams(), headers };
      return route.read(Buffer.from('{}'), head);
    });
  }
}

function* watches(): Generator<Trial> {
  const uri = 'imap://h/user/john;UIDVALIDITY=7';
  const arrivals = (uidset: string): MailEvent => ({ event: 'vnd.cmu.MessageCopy', uri, uidset });
  for (const [shape, step] of [
    ['with gaps', 2],
    ['without', 1],
  ] as const) {
    yield grown(`watch for gaps: UIDs ${shape}`, 1000, (count) => {
      const uids = Array.from({ length: count }, (_, i) => 10 + step * i).join();
      const watch = new GapWatch();
      return () => watch.see(arrivals(uids));
    });
    yield grown(`watch for gaps: UIDs ${shape} within a gap`, 1000, (count) => {
      const uids = Array.from({ length: count }, (_, i) => 10 + step * i).join();
      const watch = new GapWatch();
      watch.see(arrivals('1'));
      watch.see(arrivals('4000000000'));
      return () => watch.see(arrivals(uids));
    });
    yield grown(`watch for gaps: events ${shape} within a gap`, 500, (count) => {
      const watch = new GapWatch();
      watch.see(arrivals('1'));
      watch.see(arrivals('4000000000'));
      return () => {
        for (let i = 0; i < count; i += 1) watch.see(arrivals(`${10 + step * i}`));
      };
    });
  }
}

function* mails(): Generator<Trial> {
  const from = { name: 'belfry', address: 'postmaster@example.org' };
  yield* everyShape('address', parseAddress, { around: [['', '@example.org']], length: 200 });
  yield* everyShape('address outside ASCII', parseRecipient, { around: [['ü', '@example.org']], length: 200 });
  yield* everyShape('domain of an address', parseAddress, { around: [['john@', '']], length: 200 });
  yield* everyShape('mailbox of a mail', parseMailbox, { around: [['', '<john@example.org>']] });
  yield* everyShape('addresses', (text) => uniqueAddresses(splitAddresses(text)));
  yield* everyShape('encoded words', decodeWords, {
    around: [
      ['', ''],
      ['=?utf-8?q?', '?='],
      ['=?utf-8?b?', '?='],
      ['=?', '?q?a?='],
    ],
  });
  yield* everyShape('mailto URI', parseMailtoUri, {
    around: [
      ['mailto:', ''],
      ['mailto:john@example.org?', ''],
      ['mailto:john@example.org?body=', ''],
      ['mailto:?to=', ''],
    ],
  });
  yield* everyShape('template', parseTemplate);
  yield* everyShape('From', (text) => isFromSelf(text, from), { around: [['', ' <postmaster@example.org>']] });
  yield* everyShape('envelope', messageIdIn, { around: [['(', ' "<1.n.belfry@example.org>")']] });
  for (const around of [
    ['', ''],
    ['Auto-Submitted: ', '\r\n\r\n'],
    ['Message-ID: ', '\r\n\r\n'],
  ] as const) {
    yield* everyShape('head', (text) => [automaticBecause(text, 'example.org'), isOwnMail(text, 'example.org')], {
      around: [around],
    });
  }
  const sieve = { from, fallback: () => ({ value: ['a@example.org'] }), domain: 'example.org', version: '0' };
  for (const [reader, about] of [
    ['message', (message: string) => ({ message })],
    ['user', (user: string) => ({ user })],
    ['option', (option: string) => ({ options: [option] })],
    ['method', (method: string) => ({ method: `mailto:${method}` })],
    ['importance', (priority: string) => ({ priority })],
  ] as const) {
    yield* everyShape(
      `Sieve mail, ${reader}`,
      (text) => draftSieveMail(notification({ class: 'SIEVE', ...about(text) }), sieve),
      {
        around: [
          ['', ''],
          ['', '\n\nAction(s) taken:\nx'],
        ],
      },
    );
  }
  const to = parseTemplate('{user}@example.org');
  if ('wrong' in to) throw new Error(to.wrong);
  const options = { to: 'n_mailto_to', map: 'n_mailto_map' };
  const addressing = { to: [to.value], options, map: undefined, domain: undefined, notifier: 'n', servername: 'h' };
  const settings = { from, addressing, subject: undefined, body: undefined, domain: 'example.org' };
  for (const [reader, about] of [
    ['message of MAIL', (message: string) => ({ class: 'MAIL', message })],
    ['parameter', (text: string) => ({ event: 'MessageNew', payload: { flagNames: text, a: text } })],
    ['content', (messageContent: string) => ({ event: 'MessageNew', payload: { messageContent } })],
    [
      'envelope',
      (text: string) => ({ event: 'MessageNew', payload: { 'vnd.cmu.envelope': text, 'vnd.dovecot.from': text } }),
    ],
  ] as const) {
    yield* everyShape(`mail of events, ${reader}`, (text) => draftEventMail(notification(about(text)), settings), {
      around: [
        ['', ''],
        ['From: ', ''],
      ],
    });
  }
  yield grown('mail of events: parameters', 1000, (count) => {
    const payload = Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, `${i}`]));
    const about = notification({ event: 'MessageNew', payload });
    return () => draftEventMail(about, settings);
  });
  yield* everyShape('file of mailto_map', parseUserMap, {
    around: [
      ['', ''],
      ['john: ', ''],
      ['john: a@b\n ', ''],
    ],
  });
  yield* everyShape('answer of an SMTP server', (text) => failureOf(new Error(text), 'encryption'), {
    around: [['1:error:2:', '']],
  });
}

function* answersAndLogs(): Generator<Trial> {
  yield* everyShape('status of HTTP', headOf, {
    around: [
      ['', '\n'],
      ['HTTP/1.1 503 x\r\n', '\r\n\r\n'],
      ['HTTP/1.1 103 x\r\nA: ', '\r\n\r\n'],
    ],
  });
  yield* everyShape('date of HTTP', (text) => parseHttpDate(text, now), { around: [['Sun, 06 Nov ', ' GMT']] });
  yield* everyShape('answer over HTTP', (text) => {
    return judgeAnswer({ status: 301, retryAfter: text, location: text, body: text }, 'r', now);
  });
  yield* everyShape('printable', (text) => printable(text, text.length));
  yield* everyShape('JSON for terminals', escapedJson);
  const line = jsonLines();
  for (const [name, format] of Object.entries({ jsonForm, journalForm, textForm: textForm(true) })) {
    yield* everyShape(`line of the log, ${name}`, (text) =>
      format.shape(`{"level":"warn","a":${JSON.stringify(text)}}\n`),
    );
    yield* everyShape(`lines of the log, ${name}`, (text) => format.shape(text));
  }
  yield* everyShape('log notifier', (text) => {
    const delivery = {
      notification: notification({ user: text, options: [text], message: text, payload: { a: text } }),
      attempt: 1,
      lane: text,
    };
    return [line(delivery, 'n', now), cyrusLine(delivery)];
  });
  yield grown('JSON writer', 500, (count) => {
    const value = readStrictJson(
      JSON.stringify(Array.from({ length: count }, (_, i) => ({ b: i, a: `${i}` }))).replaceAll(',"a"', '.0,"a"'),
      limits,
    );
    if (!value.ok) throw new Error(value.problem.message);
    return () => [writeJson(value.value), withDoubles(value.value), withSortedNames(value.value)];
  });
}
