/** Method mailto with the SMTP server that Debian has by default. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Notification, Outcome } from '../../../src/notifier/notifier.ts';
import { attemptWithin, openMethod, testServices } from '../../notifier/open-method.ts';
import { eventNotification, requestNotification } from '../../notifier/samples.ts';
import { until } from '../../support/until.ts';
import { type EximServer, startExim } from './exim-server.ts';
import { needing } from './server.ts';

const exim = needing('a real Exim', 'exim4', 'exim4-daemon-light');

describe.skipIf(exim.skipped || process.getuid?.() !== 0)(exim.title, () => {
  async function send(
    { port }: EximServer,
    notification: Notification,
    options: Readonly<Record<string, string>> = {},
  ): Promise<Outcome | undefined> {
    const written = { smtp_host: '127.0.0.1', smtp_port: String(port), to: 'admin@example.org', ...options };
    const services = testServices();
    const notifier = await openMethod(mailto, written, services);
    try {
      return await attemptWithin(services.attemptTimeoutMs, notifier, notification);
    } finally {
      await notifier.close();
    }
  }
  const delivered = { status: 'delivered' };

  it('accepts what belfry sends, encrypted, with an empty sender, and with addresses outside ASCII', async () => {
    const server = await startExim(onTestFinished);
    const sieve = requestNotification('01-a', {
      class: 'SIEVE',
      options: ['jürgen@bücher.example?cc=bob@example.org'],
      message: 'Grüße',
    });
    expect(await send(server, sieve)).toMatchObject(delivered);
    expect(await send(server, eventNotification('01-b'), { envelope_from: 'bounces@example.org' })).toMatchObject(
      delivered,
    );
    await until('the mails to be delivered', () => server.mails().length === 3);
    const of = (id: string): readonly string[] =>
      server.mails().filter((mail) => mail.includes(`<${id}.audit.belfry@`));
    expect(of('01-a')).toHaveLength(2);
    for (const mail of of('01-a')) {
      expect(mail).toMatch(/^Return-path: <>$/m);
      expect(mail).toMatch(/^Auto-Submitted: auto-notified; owner-email=/m);
      expect(mail).toMatch(/with utf8esmtps\b/i);
    }
    expect(of('01-b')[0]).toMatch(/^Return-path: <bounces@example\.org>$/m);
  });

  it('refuses recipients for ever and for now', async () => {
    const server = await startExim(onTestFinished);
    expect(await send(server, eventNotification('01-c'), { to: 'never@example.org' })).toMatchObject({
      status: 'rejected',
    });
    expect(await send(server, eventNotification('01-d'), { to: 'later@example.org' })).toMatchObject({
      status: 'retry',
    });
    const several = { to: 'never@example.org admin@example.org' };
    expect(await send(server, eventNotification('01-e'), several)).toMatchObject(delivered);
    await until('the mail to be delivered', () => server.mails().length === 1);
  });
});
