/** What the webhook says of servers that speak, or do not speak, TLS. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withAdvice } from '../../../src/notifier/http/connection-advice.ts';
import { webhook } from '../../../src/notifier/webhook.ts';
import { openMethod } from '../open-method.ts';
import { eventNotification } from '../samples.ts';

const fixture = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../../fixtures/http', name));
const tls = { cert: fixture('certificate.pem'), key: fixture('key.pem') };

it.each([
  ['https', () => createHttpsServer(tls), /CERT.*: .*webhook_ca$/],
  ['https', () => createHttpServer(), /it does not speak TLS there: is it http:\/\/ \?$/],
  ['http', () => createHttpsServer(tls), /it may speak TLS there: is it https:\/\/ \?$/],
])('an address of %s: what to do', async (scheme, make, reason) => {
  const server: Server = make().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const notifier = await openMethod(webhook, { url: `${scheme}://127.0.0.1:${port}/` });
  try {
    const [outcome] = await notifier.notify(
      [{ notification: eventNotification('01test'), attempt: 1, lane: '' }],
      AbortSignal.timeout(20_000),
    );
    expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(reason) });
    expect(JSON.stringify(outcome)).not.toMatch(/openssl|ssl3_/);
  } finally {
    await notifier.close();
    server.close();
  }
});

it('leaves everything else as it is', () => {
  for (const protocol of ['http:', 'https:'])
    expect(withAdvice('connect ECONNREFUSED', protocol)).toBe('connect ECONNREFUSED');
  expect(withAdvice('read ECONNRESET', 'https:')).toMatch(/^read ECONNRESET: .*webhook_client_certificate$/);
});
