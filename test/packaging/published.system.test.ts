/** What is published for other programs: types that compile, and an AsyncAPI document that is one and says what a webhook receives. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import asyncApiSchemas from '@asyncapi/specs';
import { Ajv, type AnySchema } from 'ajv';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bodySchemas } from '../../packaging/body-schemas.ts';
import { published } from '../../packaging/published.ts';
import { type FormatName, formatNames } from '../../src/notifier/webhook/body-options.ts';
import { webhook } from '../../src/notifier/webhook.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { openMethod } from '../notifier/open-method.ts';
import { eventNotification, requestNotification } from '../notifier/samples.ts';
import { contextOf, openFormat } from '../notifier/webhook/format-context.ts';

const files = await published();
const root = join(import.meta.dirname, '../..');

describe('the types of the events', () => {
  it('are those that the schemas give (UPDATE=1 writes them anew)', () => {
    const file = join(root, 'types/events.d.ts');
    if (process.env['UPDATE']) writeFileSync(file, files['events.d.ts']);
    else expect(readFileSync(file, 'utf8')).toBe(files['events.d.ts']);
  });

  it('serve a program that imports them from the package', () => {
    const directory = mkdtempSync(join(tmpdir(), 'belfry-types-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(root, join(directory, 'node_modules/belfry'));
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(directory, 'receiver.ts'),
      `import type { MailEvent, MessageNew, RequestEnvelope, WebhookEnvelope, WebhookHeaders } from 'belfry/events';
export function about(event: MailEvent): string {
  switch (event.event) {
    case 'MessageNew':
      return event['vnd.cmu.midset']?.[0] ?? event.uri;
    case 'vnd.cmu.MessageMove':
      return event.uidset;
    case 'Login':
      return event.user + event.serverPort.toFixed();
    default:
      return event.event;
  }
}
export const levels = ({ mailbox }: WebhookEnvelope): readonly string[] => mailbox?.path ?? [];
export const id = (headers: WebhookHeaders): string => headers['webhook-id'];
export const options = (request: RequestEnvelope): readonly string[] => request.options;
export const event: MessageNew = { event: 'MessageNew', uri: 'imap://h/INBOX;UIDVALIDITY=1/;UID=2', messages: 3 };
// @ts-expect-error uri is missing
export const without: MessageNew = { event: 'MessageNew' };
// @ts-expect-error of another type
export const other: MessageNew = { event: 'Login', uri: 'imap://h' };
// @ts-expect-error no schema names it
export const unknown = event.subject;
`,
    );
    const tsc = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        ...['--strict', '--noEmit', '--exactOptionalPropertyTypes', '--target', 'es2022'],
        ...['--module', 'nodenext', '--types', '', 'receiver.ts'],
      ],
      { cwd: directory, encoding: 'utf8' },
    );
    expect({ status: tsc.status, out: tsc.stdout + tsc.stderr }).toEqual({ status: 0, out: '' });
  });
});

describe('the types of scripts', () => {
  it('fit the script of the documentation, and not one that returns or takes something else', () => {
    const directory = mkdtempSync(join(tmpdir(), 'belfry-types-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    mkdirSync(join(directory, 'node_modules/@types'), { recursive: true });
    symlinkSync(root, join(directory, 'node_modules/belfry'));
    symlinkSync(join(root, 'node_modules/@types/node'), join(directory, 'node_modules/@types/node'));
    symlinkSync(join(root, 'node_modules/undici-types'), join(directory, 'node_modules/undici-types'));
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
    const page = readFileSync(join(root, 'docs/scripts.md'), 'utf8');
    writeFileSync(join(directory, 'digest.mjs'), /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
    writeFileSync(
      join(directory, 'other.ts'),
      `import type { EventFunction, Script } from 'belfry/script';
import * as digest from './digest.mjs';
export const whole: Script<{ user: string; lines: string[] }> = digest;
export const MessageNew: EventFunction<'MessageNew'> = async ({ messages, uri }, _context, { attempt }) => {
  const big: number | bigint | undefined = messages;
  if (big === 3 && attempt > 1) return { status: 'retry', reason: uri, afterMs: 1000 };
};
// @ts-expect-error no outcome
export const wrong: EventFunction<'MessageNew'> = () => 'OK';
// @ts-expect-error an outcome without its reason
export const silent: EventFunction<'MessageNew'> = () => ({ status: 'rejected' });
// @ts-expect-error no type of an event
export const unknown: EventFunction<'MessageOld'> = () => {};
`,
    );
    const tsc = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/typescript/bin/tsc'),
        ...['--strict', '--noEmit', '--exactOptionalPropertyTypes', '--target', 'es2022', '--allowJs', '--checkJs'],
        ...['--module', 'nodenext', '--types', 'node', 'other.ts', 'digest.mjs'],
      ],
      { cwd: directory, encoding: 'utf8' },
    );
    expect({ status: tsc.status, out: tsc.stdout + tsc.stderr }).toEqual({ status: 0, out: '' });
  });
});

/** The same schema, with no room for members that it does not name. */
function closed(schema: AnySchema): AnySchema {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed) as unknown as AnySchema;
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closed(value)]),
  );
  return copy['type'] === 'object' && copy['properties'] !== undefined
    ? { ...copy, additionalProperties: false }
    : copy;
}

describe('the AsyncAPI document', () => {
  const document = JSON.parse(files['events.asyncapi.json']);

  it('is one, as the schema of AsyncAPI has it', () => {
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false, logger: false });
    const validate = ajv.compile(asyncApiSchemas.schemasWithoutId['3.0.0'] as AnySchema);
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(validate({ ...document, operations: { receive: { action: 'take' } } })).toBe(false);
  });

  it('says what each format of a webhook sends, of every sample event and of requests', async () => {
    const examples = (await loadSchemas()).catalogue().flatMap(({ example }) => (example ? [example] : []));
    expect(examples.length).toBeGreaterThan(25);
    const notifications = [
      ...examples.map((example, at) => eventNotification(`01-${at}`, { ...example, event: example['event'] ?? '' })),
      eventNotification('02-ox', { uri: 'imap://h/user/john;UIDVALIDITY=1795239636/;UID=34' }),
      requestNotification('03-request'),
      { ...eventNotification('04-held'), coalesced: { count: 3, firstReceivedAt: 1_795_242_536_018 } },
    ];
    const ajv = new Ajv({ strict: true, strictRequired: false });
    const documented = Object.entries(bodySchemas);
    expect(new Set(documented.map(([, { format }]) => format))).toEqual(
      new Set(formatNames.filter((name) => name !== 'event' && name !== 'template')),
    );
    for (const [name, { format, batched, contentType, schema }] of documented) {
      const { payload, headers, ...message } = document.components.messages[name];
      expect(message).toMatchObject({ name, contentType });
      expect(payload).toEqual(schema);
      const judge = ajv.compile(closed(payload));
      const judgeLine = ajv.compile(closed(bodySchemas['Envelope']?.schema ?? {}));
      const judgeHeaders = ajv.compile(headers.allOf?.[1] ?? true);
      const opened = openFormat(format as FormatName, contextOf({ batched: batched === true }), false);
      let count = 0;
      for (const notification of notifications) {
        const made = opened.request(
          batched === true || format === 'cloudevents-batch' ? [notification, notification] : [notification],
        );
        if (!('value' in made)) continue;
        count += 1;
        const { body } = made.value;
        expect(made.value.headers['content-type']).toBe(contentType);
        expect([judge(format === 'ndjson' ? body : JSON.parse(body)), name, judge.errors]).toEqual([true, name, null]);
        for (const line of format === 'ndjson' ? body.trimEnd().split('\n') : [])
          expect([judgeLine(JSON.parse(line)), judgeLine.errors]).toEqual([true, null]);
        expect([judgeHeaders(made.value.headers), judgeHeaders.errors]).toEqual([true, null]);
      }
      expect(count).toBe(format === 'ox' ? count : notifications.length);
      expect(count).toBeGreaterThan(0);
      // A body of another format is none of this one.
      if (format !== 'cloudevents-binary') expect(judge({ event: 'MessageNew' })).toBe(false);
    }
  });

  it('says which headers and which bodies a webhook receives', async () => {
    const received: { headers: IncomingHttpHeaders; body: unknown }[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body: JSON.parse(text) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { port } = server.address() as AddressInfo;
    const notifier = await openMethod(webhook, { url: `http://user:secret@127.0.0.1:${port}/` });
    const never = new AbortController().signal;
    for (const notification of [eventNotification('01-event'), requestNotification('02-request')]) {
      expect(await notifier.notify([{ notification, attempt: 1, lane: '' }], never)).toMatchObject([
        { status: 'delivered' },
      ]);
    }
    await notifier.close();
    const { headers, ...others } = document.components.schemas;
    expect(others).toEqual({});
    expect(headers.required).toContain('content-type');
    const ajv = new Ajv({ strict: true });
    const ofHttp = { host: true, connection: true, 'content-length': true };
    const exactly = { ...headers, properties: { ...headers.properties, ...ofHttp }, additionalProperties: false };
    const judgeHeaders = ajv.compile(exactly);
    for (const one of received) expect([judgeHeaders(one.headers), judgeHeaders.errors]).toEqual([true, null]);
    const { MessageNew, Request } = document.components.messages;
    const [event, request] = received;
    expect(ajv.compile(MessageNew.payload)(event?.body)).toBe(true);
    const judgeRequest = ajv.compile({ ...Request.payload, additionalProperties: false });
    expect([judgeRequest(request?.body), judgeRequest.errors]).toEqual([true, null]);
  });
});
