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
import { published } from '../../packaging/published.ts';
import { webhook } from '../../src/notifier/webhook.ts';
import { openMethod } from '../notifier/open-method.ts';
import { eventNotification, requestNotification } from '../notifier/samples.ts';

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
      `import type { MailEvent, MessageNew, RequestEnvelope, WebhookHeaders } from 'belfry/events';
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

describe('the AsyncAPI document', () => {
  const document = JSON.parse(files['events.asyncapi.json']);

  it('is one, as the schema of AsyncAPI has it', () => {
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false, logger: false });
    const validate = ajv.compile(asyncApiSchemas.schemasWithoutId['3.0.0'] as AnySchema);
    expect([validate(document), validate.errors]).toEqual([true, null]);
    expect(validate({ ...document, operations: { receive: { action: 'take' } } })).toBe(false);
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
