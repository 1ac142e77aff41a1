import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, type JsonObject } from '../../../src/base/event.ts';
import { type BodyValues, bodyProblems } from '../../../src/notifier/webhook/body-options.ts';
import { openFormat } from '../../../src/notifier/webhook/formats.ts';
import { parseJsonTemplate } from '../../../src/notifier/webhook/template/json-template.ts';
import { eventNotification, hostileNotifications, requestNotification } from '../samples.ts';
import { contextOf, requestOf, valuesOf } from './format-context.ts';

type Written = Readonly<Partial<Record<keyof BodyValues, string>>>;

function made(written: Written, parameters: JsonObject = {}, url = 'https://h/base') {
  const values = valuesOf(written);
  expect(bodyProblems({ ...values, batch: 1 })).toEqual([]);
  return requestOf(openFormat(values, contextOf({ url: new URL(url) }), false), eventNotification('01ab', parameters));
}
const problems = (written: Written, batch = 1) => bodyProblems({ ...valuesOf(written), batch });

/** What a hostile sender writes, and any text. */
const tricks = [
  '"',
  '\\',
  '{user}',
  '}}',
  '\r\nX-Injected: yes',
  '\0',
  '\u2028',
  '../',
  '..',
  '?a=b&c=d',
  '#x',
  '%00',
  '%2e%2e',
  ', ;=',
  '","admin":true,"x":"',
  ' lead and trail ',
  'ü 🚀',
  '</script>',
];
const hostile = fc.oneof(
  fc.constantFrom(...tricks),
  fc.array(fc.constantFrom(...tricks), { maxLength: 4 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
);

describe('a body of JSON', () => {
  it('has a name within a string as a part of it, and one that stands alone as a value', () => {
    const body =
      ' { "a": "To {user}, {{braces}} \\u00fc\\n", "n": {modseq}, "list": [{vnd.cmu.midset}, {nothing}, true, -1.5e3],\t"data": {data}, "m": {user|max:2} } ';
    const parameters = { modseq: new ExactNumber('9223372036854775807'), 'vnd.cmu.midset': ['<1@h>'] };
    const request = made({ body }, parameters);
    expect(request).toMatchObject({ method: 'POST', path: '/base', headers: { 'content-type': 'application/json' } });
    expect(request.body).toContain('"n":9223372036854775807');
    expect(JSON.parse(request.body)).toMatchObject({
      a: 'To john, {braces} ü\n',
      list: [['<1@h>'], null, true, -1500],
      data: { event: 'MessageNew', user: 'john' },
      m: 'j…',
    });
  });

  it('keeps its structure and the exact value, whatever a value holds', () => {
    const body = '{"before":1,"text":"<{user}>","alone":{user},"list":["{user}{user}"],"after":{"x":null}}';
    fc.assert(
      fc.property(hostile, (value) => {
        const user = value.toWellFormed();
        const written = JSON.parse(made({ body }, { user: value }).body);
        const alone = user === '' ? null : user;
        expect(written).toEqual({ before: 1, text: `<${user}>`, alone, list: [user + user], after: { x: null } });
      }),
    );
  });

  it.each([
    ['', 0],
    ['{"a": user}', 6],
    ['{"a": {user}', 12],
    ['{"a": "{user"}', 7],
    ['{"a": "}"}', 7],
    ['{"a": "x', 6],
    ['{"a": "\\x"}', 6],
    ['{"{user}": 1}', 1],
    ['{"__proto__": 1}', 1],
    ['{a: 1}', 1],
    ['{"a" 1}', 5],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['{"a":1} x', 8],
    ['{"a": "{user|max:0}"}', 7],
    ['{"a": {user|shout}}', 6],
    ['['.repeat(40), 33],
  ])('%s is refused at the right place', (written, at) => {
    expect(parseJsonTemplate(written)).toEqual({ wrong: expect.any(String), at });
  });

  it('is refused by check with the place', () => {
    expect(problems({ body: '{"a": user}' })).toMatchObject([{ option: 'body', severity: 'error' }]);
    expect(problems({ body: '{"a": user}' })[0]?.message).toContain('7');
  });
});

describe('a body of another type', () => {
  it('of a form has its values encoded', () => {
    const headers = 'Content-Type: application/x-www-form-urlencoded';
    fc.assert(
      fc.property(hostile, (value) => {
        const { body } = made({ headers, body: 'a=1&user={user}&b=2' }, { user: value });
        expect([...new URLSearchParams(body)]).toEqual([
          ['a', '1'],
          ['user', value.toWellFormed()],
          ['b', '2'],
        ]);
      }),
    );
  });

  it('of plain text has them as they are', () => {
    const { body, headers } = made(
      { headers: 'content-type: text/plain', body: 'To {user}:\\n{{x}}' },
      { user: '"a"\n' },
    );
    expect([body, headers]).toEqual(['To "a"\n:\n{x}', { 'content-type': 'text/plain' }]);
  });

  it('is refused where belfry cannot escape', () => {
    expect(problems({ headers: 'content-type: application/xml', body: '<a>{user}</a>' })).toMatchObject([
      { option: 'body' },
    ]);
    expect(problems({ headers: 'content-type: text/{user}', body: '{}' })).toMatchObject([{ option: 'headers' }, {}]);
  });
});

describe('the path', () => {
  it('is appended to that of the URL, and its query to the query', () => {
    const path = '/rooms/{user}/x?u={user}&e={event}';
    const parameters = { user: 'a/b c' };
    expect(made({ path }, parameters, 'https://h/base/?k=1').path).toBe(
      '/base/rooms/a%2Fb%20c/x?k=1&u=a%2Fb%20c&e=MessageNew',
    );
    expect(made({ path: '/x' }, {}, 'https://h').path).toBe('/x');
    expect(made({ path: '?a={user}' }, {}, 'https://h/base/').path).toBe('/base/?a=john');
  });

  it('keeps its segments and parameters, and the exact values; or there is no request', () => {
    const format = openFormat(
      valuesOf({ path: '/r/{user}/s-{user}?q={user}&z=1' }),
      contextOf({ url: new URL('https://h/b') }),
      false,
    );
    fc.assert(
      fc.property(hostile, (value) => {
        const user = value.toWellFormed();
        const request = format.request([eventNotification('1', { user: value })]);
        if (['', '.', '..'].includes(user)) {
          expect(request).toEqual({ wrong: expect.any(String) });
          return;
        }
        if (!('value' in request)) throw new Error('there is no request');
        expect(request.value.path).toMatch(/^[!-~]+$/);
        // As a receiver reads it, which resolves dots.
        const { pathname, search, hash } = new URL(request.value.path, 'http://h');
        expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'b', 'r', user, `s-${user}`]);
        expect([...new URLSearchParams(search.replaceAll('+', '%2B'))]).toEqual([
          ['q', user],
          ['z', '1'],
        ]);
        expect(hash).toBe('');
      }),
    );
  });

  it.each(['x', 'http://x/', '/a b', '/#', '/%zz', '/{user', '/ü'])('%s is refused', (path) => {
    expect(() => valuesOf({ path })).toThrow();
  });
});

describe('headers', () => {
  it('are several in quotes or one without', () => {
    expect(made({ headers: '"X-A: {user}, x" "X-B:{{{event}}}"' }).headers).toEqual({
      'content-type': 'application/json',
      'x-a': 'john, x',
      'x-b': '{MessageNew}',
    });
    expect(made({ headers: 'X-A: a "b"' }).headers).toMatchObject({ 'x-a': 'a "b"' });
  });

  it('keep their structure and the exact value', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const { headers } = made({ headers: '"X-Value: {user}" "X-List: a,{user};b"' }, { user: value });
        const user = value.toWellFormed();
        expect(Object.keys(headers)).toEqual(['content-type', 'x-value', 'x-list']);
        const [own = '', list = ''] = [headers['x-value'], headers['x-list']];
        expect(new Headers(headers).get('x-value')).toBe(own);
        expect(own).toMatch(/^[ -~]*$/);
        expect(decodeURIComponent(own)).toBe(user);
        const [a, rest = '', ...more] = list.split(',');
        const [middle = '', b, ...others] = rest.split(';');
        expect([a, decodeURIComponent(middle), b, more, others]).toEqual(['a', user, 'b', [], []]);
      }),
    );
  });

  it.each([
    'no header',
    'Host: {user}',
    'Authorization: Bearer x',
    'Content-Length: 1',
    'webhook-signature: v1,x',
    'X A: b',
    'X-Ü: b',
    'X-A: ü',
    '"X-A: b\u007f"',
    '"X-A: b" nothing',
    '"X-A: b',
    'X-A: {user',
    '"X-A: a" X-B: b',
    '"X-A: a" "x-a: b"',
    '"X-A: a""X-B: b"',
  ])('%s is refused', (headers) => {
    expect(() => valuesOf({ headers })).toThrow();
  });
});

describe('headers beside a preset', () => {
  it('are added to its own; one of the same name replaces it, and one without a value removes it', () => {
    const of = (headers: string) => made({ preset: 'ntfy', headers });
    expect(of('X-A: b')).toMatchObject({
      headers: { 'content-type': 'text/plain', 'x-a': 'b' },
      body: 'Alice: plain one',
    });
    const changed = of('Content-Type: text/plain; charset=utf-8');
    expect(changed).toMatchObject({
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'Alice: plain one',
    });
    const { headers, body } = made({ preset: 'ntfy', headers: '"Content-Type:" "X-A:"', body: '{"a": {user}}' });
    expect([headers, body]).toEqual([{}, '{"a":"john"}']);
    expect(made({ format: 'cloudevents-binary', headers: 'ce-source:' }).headers).not.toHaveProperty('ce-source');
  });
});

describe('what belongs together', () => {
  it.each<[string, Written, number, readonly string[]]>([
    ['a template without a body', { format: 'template' }, 1, ['format']],
    ['a body with another format', { format: 'envelope', body: '{}' }, 1, ['body']],
    ['names in a path with batches', { format: 'ndjson', path: '/{user}' }, 2, ['batch']],
    ['a path without names with batches', { format: 'ndjson', path: '/x', http_method: 'PUT' }, 2, []],
    ['a GET without a body', { format: 'template', http_method: 'GET', path: '?u={user}' }, 1, []],
    ['another format with a preset', { format: 'envelope', preset: 'ntfy' }, 1, []],
  ])('%s', (_, written, batch, options) => {
    expect(problems(written, batch).map(({ option }) => option)).toEqual(options);
  });

  it('changes method, path and headers of any format', () => {
    expect(made({ format: 'envelope', http_method: 'PUT', path: '/{id}', headers: 'X-A: b' })).toMatchObject({
      method: 'PUT',
      path: '/base/01ab',
      headers: { 'content-type': 'application/json', 'x-a': 'b' },
      body: expect.stringContaining('"uids"'),
    });
    expect(made({ format: 'template', http_method: 'GET', path: '?u={user}' })).toEqual({
      method: 'GET',
      path: '/base?u=john',
      headers: {},
      body: '',
    });
  });
});

describe('the values for people', () => {
  const body =
    '{"title": "{title}", "text": "{text}", "folder": {folder}, "owner": {owner}, "uids": {uids}, "from": {from}}';
  const of = (parameters: JsonObject): unknown => JSON.parse(made({ body }, parameters).body);

  it.each<[string, JsonObject, object]>([
    [
      'a mail',
      {},
      {
        title: 'New mail for john',
        text: 'Alice: plain one',
        folder: 'INBOX',
        owner: 'john',
        uids: [1],
        from: 'alice@example.net',
      },
    ],
    [
      'a mail that Dovecot reports',
      {
        'vnd.cmu.envelope': null,
        'vnd.dovecot.from': '=?utf-8?q?J=C3=BCrgen?= <j@h>',
        'vnd.dovecot.subject': '=?utf-8?B?w5xi?=',
      },
      { text: 'Jürgen: Üb' },
    ],
    [
      'a mail in another folder',
      { uri: 'imap://h/user/john/A/b;UIDVALIDITY=1/;UID=2' },
      { text: 'Alice: plain one (A/b)', folder: 'A/b' },
    ],
    ['a mail of which nothing is known', { 'vnd.cmu.envelope': null }, { text: 'new message', from: null }],
    ['a mail that says nothing', { 'vnd.cmu.envelope': 'NIL' }, { text: 'no subject', from: null }],
    [
      'another event',
      { event: 'QuotaExceed', 'vnd.cmu.envelope': null },
      { title: 'QuotaExceed for john', text: 'QuotaExceed in INBOX' },
    ],
  ])('of %s', (_, parameters, expected) => {
    expect(of(parameters)).toMatchObject(expected);
  });

  it('are never empty, and of other requests the message', () => {
    const format = openFormat(valuesOf({ body }), contextOf(), false);
    expect(JSON.parse(requestOf(format, requestNotification('1')).body)).toMatchObject({
      title: 'MAIL notification for john',
      text: expect.stringContaining('Subject: plain one'),
    });
    for (const notification of hostileNotifications()) {
      const { title, text } = JSON.parse(requestOf(format, notification).body);
      expect([title, text]).not.toContain('');
    }
  });
});
