/** `belfry check --cases`: what it compares, how it says what differs, and what it says of a file that is wrong. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scratchDirectory } from '../os/scratch.ts';
import { type Said, said } from './said.ts';

const directory = scratchDirectory();
const configuration = join(directory, 'belfry.conf');
const file = join(directory, 'cases.json');
const secret = '3oN2YqBPVr8d';
writeFileSync(
  configuration,
  [
    ...[`configdirectory: ${directory}`, `notifysocket: ${directory}/notify`, 'event_groups: message mailbox'],
    ...['notifiers: all crm ox', 'all_method: log', 'notify_external: /bin/true'],
    ...['crm_method: webhook', `crm_webhook_url: https://h/${secret}?key=${secret}`, 'crm_webhook_path: /{user}'],
    ...['crm_webhook_body: {"to": "{user}", "modseq": {modseq}, "uids": {uids}}', 'crm_events: MessageNew'],
    ...['crm_content: thin', 'crm_unless_read: 30s'],
    ...['ox_method: webhook', 'ox_webhook_url: https://h/', 'ox_webhook_format: ox', ''],
  ].join('\n'),
  { mode: 0o600 },
);

const uri = 'imap://h/user/anna;UIDVALIDITY=5/;UID=7';
const given = { event: 'MessageNew', uri, user: 'anna', messageSize: 10 };

const run = (...words: readonly string[]): Promise<Said> =>
  said(['check', '-C', configuration, ...words, '--cases', file]);

function write(cases: unknown): void {
  writeFileSync(file, typeof cases === 'string' ? cases : JSON.stringify({ cases }));
}

interface Result {
  readonly ok: boolean;
  readonly differences: readonly unknown[];
}

/** The differences of one case; undefined when it passes. */
async function differences(one: object): Promise<readonly unknown[] | undefined> {
  write([{ name: 'one', ...one }]);
  const { out, err, status } = await run('--json');
  if (out === '') throw new Error(err);
  const { ok, cases }: { ok: boolean; cases: readonly Result[] } = JSON.parse(out);
  expect([ok, status]).toEqual(cases[0]?.ok ? [true, 0] : [false, 65]);
  return cases[0]?.ok ? undefined : cases[0]?.differences;
}

describe('what a case expects', () => {
  it.each<[string, object]>([
    ['delivered', { given, expect: { all: 'delivered', crm: 'delivered', '*': 'delivered' } }],
    [
      'filtered, with the option',
      {
        given: { ...given, event: 'MessageAppend' },
        expect: { crm: { filtered_by: 'crm_events', because: 'MessageNew' } },
      },
    ],
    [
      'the option without the name',
      { given: { ...given, event: 'MessageAppend' }, expect: { crm: { filtered_by: 'events' } } },
    ],
    [
      'what a notifier gets',
      { given, expect: { crm: { gets: { uri }, lacks: ['messageSize'] }, all: { gets: { messageSize: 10 } } } },
    ],
    ['what holds it back', { given, expect: { crm: { held_by: 'crm_unless_read' } } }],
    [
      'a request',
      {
        given,
        expect: {
          crm: {
            sends: {
              method: 'POST',
              path: '/anna',
              headers: { 'Content-Type': 'application/json' },
              body: { to: 'anna' },
            },
          },
        },
      },
    ],
    ['a body to the letter', { given, expect: { crm: { sends: { body: '{"to":"anna","modseq":null,"uids":[7]}' } } } }],
    [
      'what is read in it',
      { given, decoded: { class: 'EVENT', event: 'MessageNew', user: 'anna', mailbox: 'user/anna', owner: 'anna' } },
    ],
    ['unusable', { given: { event: 'MessageNew' }, unusable: 'schema' }],
    ['unusable, with a reason', { given: { event: 'MessageNew' }, unusable: { because: 'uri' } }],
    [
      'what the format does not take',
      {
        given: { ...given, event: 'MailboxCreate', uri: 'imap://h/user/anna', mailboxID: 'x' },
        expect: { ox: { filtered_by: 'webhook_format' } },
      },
    ],
    [
      'the way it came',
      {
        given: { ...given, uri: 'imap://h/user/anna/Junk;UIDVALIDITY=5/;UID=7' },
        via: 'http',
        expect: { all: { filtered_by: 'event_exclude_specialuse' } },
      },
    ],
    ['a method', { given, method: 'log', expect: { all: 'delivered', crm: { filtered_by: 'method' } } }],
    [
      'a request of another class',
      {
        given_request: { class: 'MAIL', user: 'anna', message: 'Hello' },
        expect: { all: { gets: { class: 'MAIL', message: 'Hello' } } },
      },
    ],
    [
      'a captured request',
      {
        given_file: fileURLToPath(new URL('../fixtures/cyrus/016-MessageNew.bin', import.meta.url)),
        expect: { all: 'filtered', exec: 'delivered' },
      },
    ],
    [
      'a report of Dovecot',
      {
        given: { user: 'anna', event: 'MailboxCreate', folder: 'A' },
        via: 'dovecot',
        decoded: { event: 'MailboxCreate' },
      },
    ],
    [
      'a CloudEvent',
      {
        given: { specversion: '1.0', id: '1', source: 'x', type: 'org.ietf.rfc5423.MessageNew', data: given },
        via: 'cloudevents',
        decoded: { event: 'MessageNew' },
      },
    ],
  ])('%s', async (_, one) => {
    expect(await differences(one)).toBeUndefined();
  });

  it('numbers digit by digit', async () => {
    const modseq = '9007199254740993';
    const body = `{"modseq": ${modseq}}`;
    const one = (sent: string): string =>
      `{"cases": [{"name": "n", "given": ${JSON.stringify(given).replace(/\}$/, `,"modseq":${sent}}`)}, "expect": {"crm": {"sends": {"body": ${body}}}}}]}`;
    write(one(modseq));
    expect(await run()).toMatchObject({ status: 0 });
    write(one('9007199254740992'));
    expect((await run()).out).toMatch(/sends\.body\.modseq\n +expected +9007199254740993\n +got +9007199254740992\n/);
  });
});

describe('what differs', () => {
  it.each<[string, object, object]>([
    ['filtered', { expect: { crm: 'filtered' } }, { where: 'crm', expected: 'filtered', got: 'delivered' }],
    [
      'delivered',
      { expect: { ox: 'delivered', '*': 'filtered' } },
      { where: 'all', expected: 'filtered', got: 'delivered' },
    ],
    ['valid', { unusable: 'schema' }, { where: 'the request', expected: 'unusable: schema', got: 'valid' }],
    ['not dropped', { dropped: 'twice' }, { where: 'the request', got: 'not dropped' }],
    [
      'a parameter',
      { expect: { all: { gets: { user: 'ben' } } } },
      { where: 'all: gets.user', expected: '"ben"', got: '"anna"' },
    ],
    [
      'nothing',
      { expect: { all: { gets: { service: 'lmtp' } } } },
      { where: 'all: gets.service', expected: '"lmtp"', got: 'nothing' },
    ],
    ['too much', { expect: { all: { lacks: ['user'] } } }, { where: 'all: lacks', got: 'it has user' }],
    [
      'an element',
      { expect: { crm: { sends: { body: { uids: [8] } } } } },
      { where: 'crm: sends.body.uids[0]', expected: '8', got: '7' },
    ],
    [
      'the length',
      { expect: { crm: { sends: { body: { uids: [7, 8] } } } } },
      { where: 'crm: sends.body.uids', expected: '[7,8]', got: '[7]' },
    ],
    [
      'what holds it',
      { expect: { all: { held_by: 'all_throttle' } } },
      { where: 'all', expected: 'held by all_throttle', got: 'not held' },
    ],
    ['the owner', { decoded: { owner: 'ben' } }, { where: 'decoded.owner', expected: '"ben"', got: '"anna"' }],
  ])('%s', async (_, one, difference) => {
    expect(await differences({ given, ...one })).toContainEqual(expect.objectContaining(difference));
  });

  it('an unusable request, whatever a notifier was to get', async () => {
    expect(await differences({ given: { event: 'MessageNew' }, expect: { all: 'delivered' } })).toMatchObject([
      { where: 'the request', expected: 'valid', got: expect.stringMatching(/^unusable: schema: /) },
    ]);
  });

  it('long texts are shown from where they differ, and nothing of the URL', async () => {
    const [expected, got] = ['a'.repeat(300), `${'a'.repeat(299)}b`].map((name) => ({ ...given, user: name }));
    const [difference] = (await differences({ given: got, expect: { all: { gets: { user: expected?.user } } } })) ?? [];
    expect(difference).toMatchObject({ expected: `…"${'a'.repeat(41)}"`, got: `…"${'a'.repeat(40)}b"` });
    write([{ name: 'n', given, expect: { crm: { sends: { path: '/x', body: 'x' } } } }]);
    expect((await run()).out).not.toContain(secret);
  });
});

describe('a file that is wrong', () => {
  const mistake = async (cases: unknown): Promise<string> => {
    write(cases);
    const { err, status } = await run();
    expect(status).toBe(65);
    return err;
  };

  it.each<[object, RegExp]>([
    [{ expects: {} }, /cases\.json: case 1 "n": unknown member "expects": did you mean expect\?/],
    [{ expect: { crm: 'deliverd' } }, /case 1 "n": expect\.crm\.outcome: .*"delivered"\|"filtered"/],
    [{ expect: { cmr: 'delivered' } }, /case "n": expect\.cmr: .*did you mean crm\?/],
    [{ expect: { all: { sends: {} } } }, /expect\.all\.sends: .*webhook/],
    [{ expect: { crm: { filtered_by: 'x', gets: {} } } }, /expect\.crm: .*filtered_by/],
    [{ expect: { crm: {} } }, /expect\.crm: /],
    [{}, /it expects nothing/],
    [{ unusable: 'schema', expect: {} }, /one of expect, unusable and dropped/],
    [{ given_file: 'x', expect: {} }, /one of given, given_request and given_file/],
    [{ given: undefined, expect: {} }, /one of given, given_request and given_file/],
    [{ given: 'MessageNew', expect: {} }, /case 1 "n": given: .*object/],
    [{ via: 'http', method: 'log', expect: {} }, /leave it out, or via/],
  ])('%j', async (one, message) => {
    expect(await mistake([{ name: 'n', given, ...one }])).toMatch(message);
  });

  it('names the place of what is no JSON, and the case whose file is not there', async () => {
    expect(await mistake('{"cases": [\n  {"name": "a",}\n]}')).toContain(`${file}:2:16: not JSON: `);
    expect(
      await mistake([
        { name: 'a', given, expect: {} },
        { name: 'a', given, expect: {} },
      ]),
    ).toContain('"a"');
    write([{ name: 'a', given_file: 'absent.json', expect: {} }]);
    expect(await run()).toMatchObject({ status: 66, err: expect.stringContaining(`${file}: case "a": `) });
    expect(await mistake({ cases: [] })).toContain('cases.json: cases: ');
  });

  it('is not run with a configuration that has a mistake', async () => {
    write([{ name: 'a', given, expect: { crm: 'filtered' } }]);
    const wrong = join(directory, 'wrong.conf');
    writeFileSync(wrong, `configdirectory: ${directory}\nlog_level: loud\n`);
    expect(await said(['check', '-C', wrong, '--cases', file])).toMatchObject({ out: '', status: 78 });
  });
});

it('reads all files of a directory, prints with -q only what failed, and nothing that steers a terminal', async () => {
  const folder = join(directory, 'folder');
  mkdirSync(folder);
  const one = (name: string, outcome: string): string =>
    JSON.stringify({ cases: [{ name, given, expect: { crm: outcome } }] });
  writeFileSync(join(folder, 'b.json'), one('\u001b[31mred', 'filtered'));
  writeFileSync(join(folder, 'a.json'), one('fine', 'delivered'));
  writeFileSync(join(folder, 'other.txt'), 'no cases');
  const { out, status } = await said(['check', '-C', configuration, '--cases', folder]);
  expect([out.match(/ok {6}|FAILED/g), status]).toEqual([['ok      ', 'FAILED'], 65]);
  expect(out).toMatch(/FAILED {2}\\u\{1b\}\[31mred\n/);
  const quiet = await said(['check', '-q', '-C', configuration, '--cases', folder]);
  expect(quiet.out).not.toContain('fine');
  expect(quiet.out).toMatch(/2 cases, 1 failed\.\n$/);
});
