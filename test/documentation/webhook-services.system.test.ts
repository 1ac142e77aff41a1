/** Each configuration of docs/webhook-services.md, run as it is printed against a stand-in for the service. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { explainer } from '../../src/examine/explain.ts';
import type { Notification, Outcome } from '../../src/notifier/notifier.ts';
import { methods } from '../../src/notifier/table.ts';
import { presetNames } from '../../src/notifier/webhook/presets.ts';
import { reader } from '../config/fixture.ts';
import { rulesOf } from '../examine/rules.ts';
import { testServices } from '../notifier/open-method.ts';
import { eventNotification, hostileNotifications, requestNotification } from '../notifier/samples.ts';
import { type ServiceRequest, services } from '../notifier/webhook/services.ts';
import { blocksIn } from './blocks.ts';

const blocks = blocksIn('docs/webhook-services.md').map(({ text }) => text);
/** The first of each preset. */
const printed = new Map(
  blocks
    .toReversed()
    .flatMap((text) => (/_webhook_preset: (\S+)/.exec(text) ?? []).slice(1).map((preset) => [preset, text] as const)),
);
const more = blocks.filter((text) => ![...printed.values()].includes(text));

let origin = '';
let received: ServiceRequest[] = [];
let service: (typeof services)[string] = () => '';
let refused: string[] = [];
let shown: string[] = [];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { pathname, searchParams } = new URL(`${origin}${request.url ?? ''}`);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    const body = Buffer.concat(chunks).toString();
    received.push({ method: request.method ?? '', path: pathname, query: searchParams, headers, body });
    try {
      shown.push(service?.(received.at(-1) as ServiceRequest) ?? '');
      response.end('ok');
    } catch (error) {
      refused.push(String(error));
      response.writeHead(400).end(String(error));
    }
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The notifier of a configuration, which must have no mistake, but for its URL: it leads to the stand-in. */
async function deliver(configuration: string, notifications: readonly Notification[]): Promise<readonly Outcome[]> {
  const text = `configdirectory: /var/lib/belfry\n${configuration.replace(/https?:\/\/[^/\s]+/, origin)}`;
  const { configuration: loaded, problems } = loadConfiguration('/etc/belfry.conf', {
    methods,
    read: reader({ '/etc/belfry.conf': text }),
  });
  expect(problems).toEqual([]);
  const [notifier] = loaded?.notifiers ?? [];
  if (notifier === undefined) throw new Error('there is no notifier');
  const opened = await notifier.method.open(notifier.values, testServices());
  [received, refused, shown] = [[], [], []];
  const outcomes: Outcome[] = [];
  for (const notification of notifications) {
    outcomes.push(...(await opened.notify([{ notification, attempt: 1, lane: '' }], new AbortController().signal)));
  }
  await opened.close();
  return outcomes;
}

it('check shows what a preset stands for, as far as nothing else is written', () => {
  const text = `configdirectory: /var/lib/belfry\n${printed.get('matrix')}matrix_webhook_body: {"body": {text}}\n`;
  const { inForce } = loadConfiguration('/etc/belfry.conf', { methods, read: reader({ '/etc/belfry.conf': text }) });
  const of = (name: string) => inForce.find(({ option }) => option === `matrix_webhook_${name}`);
  const line = text.split('\n').findIndex((one) => one.includes('preset')) + 1;
  const source = {
    kind: 'inherited',
    from: 'matrix_webhook_preset',
    source: { kind: 'file', file: '/etc/belfry.conf', line },
  };
  expect(of('http_method')).toMatchObject({ value: 'PUT', source });
  expect(of('path')).toMatchObject({ value: '/send/m.room.message/{id}', source });
  expect(of('format')).toMatchObject({ value: 'template', source });
  expect(of('body')).toMatchObject({ value: '{"body": {text}}', source: { kind: 'file' } });
});

it('has a configuration for each preset', () => {
  expect([...printed.keys()].sort()).toEqual([...presetNames].sort());
});

/** A mail from somebody who would like to reach everybody. */
const mail = (subject: string, name = 'Eve'): Notification =>
  eventNotification('01k-mail', {
    'vnd.cmu.envelope': null,
    'vnd.dovecot.from': `${name} <eve@example.net>`,
    'vnd.dovecot.subject': subject,
  });

const attacks = [
  '<!channel> <@U123> <https://evil.example|bank> &lt;!here&gt;',
  '@everyone @here <@1234> [bank](https://evil.example) **bold** `code` ||spoiler|| <:a:1> # heading',
  '<at>Everybody</at> [bank](https://evil.example)',
  '*bold* _it_ <b>x</b> @room',
  '","allowed_mentions":{"parse":["everyone"]},"x":"',
  '\\"},{"type":"section"}]',
  '?a=b&title=other#x %0d%0aX-Injected: yes',
];

describe.each(presetNames)('the preset %s', (preset) => {
  beforeAll(() => {
    service = services[preset] ?? service;
  });

  it('runs as printed', async () => {
    expect(await deliver(printed.get(preset) ?? '', [eventNotification('01k-a')])).toMatchObject([
      { status: 'delivered' },
    ]);
    expect(shown.join()).toMatch(/^New mail for john\nAlice: plain one$/);
  });

  it('triggers nothing by what a stranger writes, and shows it as it is', async () => {
    const outcomes = await deliver(
      printed.get(preset) ?? '',
      attacks.map((subject) => mail(subject)),
    );
    expect(refused).toEqual([]);
    expect(outcomes.every(({ status }) => status === 'delivered')).toBe(true);
    expect(shown).toEqual(attacks.map((subject) => `New mail for john\nEve: ${subject}`));
  });

  it('keeps to the limits of the service, whatever a notification holds', async () => {
    const long = ['x', '<', '&', '*', 'ü', '🚀', '"', '\\'].map((character) =>
      mail(character.repeat(30_000), 'N'.repeat(2000)),
    );
    const requests = [
      requestNotification('1', { message: '' }),
      requestNotification('2', { message: 'x'.repeat(50_000) }),
    ];
    const others = hostileNotifications().filter((_, index) => index % 5 === 0);
    const outcomes = await deliver(printed.get(preset) ?? '', [...long, ...requests, ...others]);
    expect(refused).toEqual([]);
    expect(outcomes.filter(({ status }) => status !== 'delivered')).toEqual([]);
  });

  it('can be changed in each part', async () => {
    service = ({ method, path, body }) => `${method} ${path} ${body}`;
    const name = /^(\w+)_method/m.exec(printed.get(preset) ?? '')?.[1];
    const changed = ['http_method: PATCH', 'path: /other/{user}', 'headers: content-type: text/plain', 'body: {event}'];
    const own = changed.map((line) => `${name}_webhook_${line}\n`).join('');
    await deliver(`${printed.get(preset)}${own}`, [eventNotification('1')]);
    expect(shown.join()).toMatch(/^PATCH \/.*other\/john MessageNew$/);
  });
});

describe('more examples', () => {
  const example = (name: string): string => more.find((text) => text.includes(`${name}_method`)) ?? '';

  it('are three', () => {
    expect(more).toHaveLength(3);
  });

  it('ntfy with a priority keeps the text of the preset beside headers of its own', async () => {
    service = services['ntfy'] ?? service;
    expect(await deliver(example('urgent'), [mail('Hello')])).toMatchObject([{ status: 'delivered' }]);
    expect(shown).toEqual(['New mail for john\nEve: Hello']);
    const [request] = received;
    expect(request?.headers.get('content-type')).toBe('text/plain');
    expect(request?.headers.get('x-tags')).toBe('warning');
    expect(request?.query.get('priority')).toBe('5');
  });

  it('an event of Home Assistant', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'belfry-token-'));
    const file = join(directory, 'token');
    writeFileSync(file, 't0ken\n', { mode: 0o600 });
    service = ({ method, path, body }) => `${method} ${path} ${body}`;
    const text = example('home').replace('/etc/belfry/home-assistant-token', file);
    try {
      expect(await deliver(text, [mail('Hello')])).toMatchObject([{ status: 'delivered' }]);
    } finally {
      rmSync(directory, { recursive: true });
    }
    expect(shown).toEqual([
      'POST /api/events/new_mail {"user":"john","folder":"INBOX","from":"eve@example.net","subject":"Hello"}',
    ]);
    expect(received[0]?.headers.get('authorization')).toBe('Bearer t0ken');
  });

  it.each([
    ['Orders', 'orders'],
    ['Returns', 'support'],
    ['Lists', undefined],
  ])('a mail in %s goes to %s', async (folder, channel) => {
    const { parts, choosers } = await rulesOf(example('orders'));
    const event = { event: 'MessageNew', uri: `imap://h/user/john/${folder};UIDVALIDITY=5/;UID=7`, user: 'john' };
    const { notifiers } = explainer(parts, choosers)({ format: 'event', bytes: Buffer.from(JSON.stringify(event)) });
    const delivering = notifiers.filter(({ delivers }) => delivers).map(({ notifier }) => notifier);
    expect(delivering).toEqual(channel === undefined ? [] : [channel]);
  });
});
