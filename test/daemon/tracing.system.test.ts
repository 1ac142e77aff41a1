/** A daemon under a real SDK of OpenTelemetry: a span for each attempt, and receivers are in its trace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { blocksIn, root } from '../documentation/blocks.ts';
import { scratchDirectory } from '../os/scratch.ts';
import { belfryProgram } from '../support/built.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';

const directory = scratchDirectory();
const [spans, configuration] = [join(directory, 'spans'), join(directory, 'belfry.conf')];
const received: IncomingHttpHeaders[] = [];
let failures = 0;
const receiver = createServer((incoming, response) => {
  received.push(incoming.headers);
  incoming.resume();
  failures -= 1;
  response.writeHead(failures >= 0 ? 500 : 204).end();
});
let events = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const { INTAKE: intake } = await freePorts(['INTAKE']);
  events = `http://127.0.0.1:${intake}/v1/events`;
  const lines = [
    ...[`configdirectory: ${directory}`, `notifysocket: ${directory}/notify`, `http_listen: 127.0.0.1:${intake}`],
    ...['event_groups: access', 'notifiers: crm file', 'file_method: log', `file_log_file: ${directory}/file`],
    ...['crm_method: webhook', `crm_webhook_url: http://127.0.0.1:${port}/`, 'crm_retry_schedule: 1s', ''],
  ];
  writeFileSync(configuration, lines.join('\n'), { mode: 0o600 });
});
afterAll(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(() => {
  received.length = 0;
  failures = 0;
  rmSync(spans, { force: true });
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Running {
  readonly output: () => string;
  stop(): Promise<void>;
}

async function serve(imports: readonly string[]): Promise<Running> {
  const flags = imports.flatMap((file) => ['--import', file]);
  const words = [...flags, ...belfryProgram, 'serve', '-C', configuration];
  const child: ChildProcess = spawn(process.execPath, words, { cwd: root, env: { ...process.env, SPANS: spans } });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  await until(() => /\bready\b/.test(output) || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(output);
  return {
    output: () => output,
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function send(parameters: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const uri = { uri: 'imap://imap.example.org', serverDomain: 'imap.example.org', serverPort: 993, user: 'john' };
  const body = JSON.stringify({ event: 'Login', ...uri, ...parameters });
  const answer = await request(events, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const { ids } = (await answer.body.json()) as { ids: readonly string[] };
  return ids[0] ?? '';
}

interface Span {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly parent: string;
  readonly traceId: string;
  readonly spanId: string;
}

const written = (): readonly Span[] =>
  readFileSync(spans, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const sdk = [join(import.meta.dirname, 'tracing-sdk.main.mjs')];
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('with an SDK', () => {
  it('each attempt is a span, in one trace, which the receiver is given', async () => {
    const daemon = await serve(sdk);
    failures = 1;
    const id = await send({ 'vnd.fastmail.traceId': 't-1', 'vnd.fastmail.sessionId': 's-1' });
    await until(() => received.length === 2);
    await daemon.stop();
    const crm = written().filter(({ name }) => name === 'deliver crm');
    const [file] = written().filter(({ name }) => name === 'deliver file');
    const attributes = {
      ...{ 'belfry.notifier': 'crm', 'belfry.method': 'webhook', 'belfry.id': id, 'belfry.event': 'Login' },
      ...{ 'vnd.fastmail.traceId': 't-1', 'vnd.fastmail.sessionId': 's-1' },
    };
    expect(crm).toMatchObject([
      {
        kind: 3,
        attributes: { ...attributes, 'belfry.attempt': 1, 'belfry.outcome': 'retry' },
        status: { code: 2, message: expect.stringContaining('500') },
      },
      { attributes: { ...attributes, 'belfry.attempt': 2, 'belfry.outcome': 'delivered' }, status: { code: 0 } },
    ]);
    expect(file).toMatchObject({ attributes: { 'belfry.id': id, 'belfry.outcome': 'delivered' } });
    expect(new Set([...crm, file].map((span) => span?.traceId)).size).toBe(1);
    expect(received.map(({ traceparent }) => traceparent)).toEqual(
      crm.map((span) => `00-${span.traceId}-${span.spanId}-01`),
    );
  });

  it('the trace of the event is that of the attempt', async () => {
    const daemon = await serve(sdk);
    await send({}, { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: 'a=1' });
    await until(() => received.length === 1);
    await daemon.stop();
    const [span] = written().filter(({ name }) => name === 'deliver crm');
    expect(span).toMatchObject({ traceId, parent: '00f067aa0ba902b7' });
    expect(received[0]).toMatchObject({ traceparent: `00-${traceId}-${span?.spanId}-01`, tracestate: 'a=1' });
  });

  it('the file of the documentation prints spans', async () => {
    const [block] = blocksIn('docs/tracing.md').filter(({ language }) => language === 'js');
    // Where the SDK is found.
    const folder = join(root, 'node_modules/.cache/belfry-tracing');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tracing.mjs'), block?.text ?? '');
    const daemon = await serve([join(folder, 'tracing.mjs')]);
    rmSync(folder, { recursive: true });
    await send({});
    await until(() => received.length === 1);
    await daemon.stop();
    expect(daemon.output()).toMatch(/name: 'deliver crm'/);
  });
});

it('without one a trace is passed on as it came, and none is made', async () => {
  const daemon = await serve([]);
  await send({}, { traceparent: `00-${traceId}-00f067aa0ba902b7-00` });
  await until(() => received.length === 1);
  await send({});
  await until(() => received.length === 2);
  await daemon.stop();
  expect(received.map(({ traceparent }) => traceparent)).toEqual([`00-${traceId}-00f067aa0ba902b7-00`, undefined]);
});
