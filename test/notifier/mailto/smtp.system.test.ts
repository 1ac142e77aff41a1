/** Mail through SMTP: every answer at every step, silence, broken connections, encryption, login. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { mailto } from '../../../src/notifier/mailto.ts';
import type { Notification, Outcome } from '../../../src/notifier/notifier.ts';
import { notifierContract } from '../../contract/notifier.ts';
import { until } from '../../support/until.ts';
import { attemptWithin, openMethod, testServices } from '../open-method.ts';
import { eventNotification, requestNotification } from '../samples.ts';
import { parseMail } from './parse-mail.ts';
import { answer, type Reaction, type Step, startScriptedServer, startSmtpServer } from './smtp-peer.ts';

const fixtures = new URL('../../fixtures/mailto/', import.meta.url);
const certificate = new URL('certificate.pem', fixtures).pathname;
const tlsOptions = {
  cert: readFileSync(certificate),
  key: readFileSync(new URL('key.pem', fixtures)),
};
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

/** Something that is closed after the test. */
function closing<T extends { close(): Promise<void> }>(thing: T): T {
  disposals.unshift(() => thing.close());
  return thing;
}
const event = (): Notification => eventNotification('01-a');
const sieve = (options: readonly string[] = ['bob@elsewhere.example']): Notification =>
  requestNotification('01-b', { class: 'SIEVE', options, message: 'hello' });

async function opened(port: number, options: Readonly<Record<string, string>> = {}, services = testServices()) {
  const written = {
    smtp_host: '127.0.0.1',
    smtp_port: String(port),
    to: 'admin@example.org',
    ...options,
  };
  const notifier = closing(await openMethod(mailto, written, services));
  return async (notification: Notification, signal?: AbortSignal): Promise<Outcome | undefined> =>
    signal === undefined
      ? attemptWithin(services.attemptTimeoutMs, notifier, notification)
      : (await notifier.notify([{ notification, attempt: 1, lane: '' }], signal))[0];
}

for (const [manner, greeting] of [
  ['with pipelining', '250-localhost\r\n250 PIPELINING'],
  ['without pipelining', '250 localhost'],
] as const) {
  // Not the server of smtp-server: it lets each client wait 100 ms to see whether it talks too early.
  notifierContract(`mailto through SMTP ${manner}`, async () => {
    const reactions: Partial<Record<Step, Reaction>> = { EHLO: greeting };
    const peer = await startScriptedServer(reactions);
    const options = { smtp_host: 'localhost', smtp_port: String(peer.port), to: 'admin@example.org' };
    return {
      notifier: await openMethod(mailto, options),
      received: () =>
        peer.mails.map((mail) => /^Message-ID:\s+<(.*)\.audit\.belfry@/m.exec(mail)?.[1] ?? 'no Message-ID'),
      breakPeer: () => {
        reactions.MAIL = '451 later';
        reactions.DATA = '503 no recipient';
      },
      hangPeer: () => {
        reactions.MAIL = 'hang';
      },
      dispose: () => peer.close(),
    };
  });
}

describe('a mail that is taken', () => {
  it('is the mail as it was composed, with CRLF, and with an empty sender', async () => {
    const peer = closing(await startSmtpServer());
    const tell = await opened(peer.port);
    const message = `.\n..\n.leading\nä${'x'.repeat(70_000)}\n`;
    expect(await tell(requestNotification('01-c', { message }))).toEqual({ status: 'delivered', detail: '250 taken' });
    expect(peer.mails).toHaveLength(1);
    const [mail] = peer.mails;
    expect(mail).toMatchObject({ from: '', to: ['admin@example.org'], secure: false });
    expect(parseMail(mail?.text ?? '', '\r\n').body).toBe(message);
  });

  it('is not sent any more when it is called off while it is being composed', async () => {
    const peer = closing(await startSmtpServer());
    const tell = await opened(peer.port);
    const abort = new AbortController();
    const outcome = tell(event(), abort.signal);
    abort.abort();
    expect(await outcome).toMatchObject({ status: 'retry' });
    expect(await tell(event())).toMatchObject({ status: 'delivered' });
    expect(peer.mails).toHaveLength(1);
  });

  it('has the configured sender, but never for Sieve', async () => {
    const peer = closing(await startSmtpServer());
    const tell = await opened(peer.port, { envelope_from: 'bounces@example.org' });
    await tell(event());
    await tell(sieve(['a@x.example?cc=b@x.example']));
    expect(peer.mails).toMatchObject([
      { from: 'bounces@example.org', to: ['admin@example.org'] },
      { from: '', to: ['a@x.example', 'b@x.example'] },
    ]);
  });
});

describe('an answer', () => {
  const steps: readonly Step[] = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'end'];
  const session: readonly Step[] = ['greeting', 'EHLO'];

  it.each(
    steps.flatMap((step) => [
      [step, '421 going down', 'retry'] as const,
      [step, '451 later', 'retry'] as const,
      [step, '550 never', session.includes(step) ? 'retry' : 'rejected'] as const,
      [step, '530 log in first', 'retry'] as const,
      [step, 'no SMTP at all', step === 'end' ? 'rejected' : 'retry'] as const,
    ]),
  )('to %s of "%s" means %s', async (step, reaction, status) => {
    const peer = closing(await startScriptedServer({ [step]: reaction }));
    const tell = await opened(peer.port);
    const outcome = await tell(event());
    expect(outcome).toEqual({ status, reason: expect.stringContaining(`127.0.0.1:${peer.port}`) });
    if (!reaction.startsWith('no')) expect(outcome).toHaveProperty('reason', expect.stringContaining(reaction));
    await until(() => peer.connections() === 0);
  });

  it.each<Reaction>(['cut', 'hang'])(
    'that is none (%s) means at every step but the last that the event is tried again',
    async (reaction) => {
      const unknown = 'not known';
      // All at once, because each silence has to be waited out.
      await Promise.all(
        steps.map(async (step) => {
          const peer = closing(await startScriptedServer({ [step]: reaction }));
          const tell = await opened(peer.port, { smtp_answer_timeout: '1s' }, testServices({ attemptTimeoutMs: 1000 }));
          const outcome = await tell(event());
          expect(outcome, step).toMatchObject({ status: step === 'end' ? 'rejected' : 'retry' });
          expect(JSON.stringify(outcome).includes(unknown), step).toBe(step === 'end');
          expect(peer.mails, step).toHaveLength(step === 'end' ? 1 : 0);
          await until(() => peer.connections() === 0);
        }),
      );
    },
  );

  it.each<Reaction>(['cut', 'hang', 'no SMTP at all'])(
    'to the end of a mail that is none (%s) gives it up, since it must not be sent twice',
    async (reaction) => {
      const peer = closing(await startScriptedServer({ end: reaction }));
      const tell = await opened(peer.port, { smtp_answer_timeout: '1s' });
      for (const notification of [sieve(), event()]) {
        expect(await tell(notification)).toEqual({ status: 'rejected', reason: expect.stringMatching(/not known/) });
      }
    },
  );

  it.each<[Step, Reaction]>([
    ['MAIL', 'cut'],
    ['DATA', 'cut'],
    ['end', '451 later'],
  ])('to %s of %s lets a Sieve notification be tried again', async (step, reaction) => {
    const peer = closing(await startScriptedServer({ [step]: reaction }));
    const tell = await opened(peer.port);
    expect(await tell(sieve())).toMatchObject({ status: 'retry' });
  });

  it('is waited for until the daemon stops', async () => {
    const peer = closing(await startScriptedServer({ end: 'hang' }));
    const tell = await opened(peer.port);
    const abort = new AbortController();
    const told = tell(event(), abort.signal);
    await until(() => peer.mails.length === 1);
    abort.abort();
    expect(await told).toMatchObject({ status: 'rejected', reason: expect.stringContaining('daemon stops') });
    await until(() => peer.connections() === 0);
  });

  it('cannot come where nobody listens', async () => {
    const peer = await startScriptedServer({});
    await peer.close();
    const tell = await opened(peer.port);
    expect(await tell(event())).toMatchObject({ status: 'retry', reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('that has control characters is made printable', async () => {
    const peer = closing(await startScriptedServer({ RCPT: '550 \u001b[2Jno\u0007' }));
    const tell = await opened(peer.port);
    expect(await tell(event())).toHaveProperty('reason', expect.stringContaining('550 \\u{1b}[2Jno\\u{7}'));
  });

  it('to a mail that is larger than the server takes is not waited for', async () => {
    const peer = closing(await startSmtpServer({ size: 1000 }));
    const tell = await opened(peer.port);
    const outcome = await tell(requestNotification('01-d', { message: 'x'.repeat(5000) }));
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.stringContaining('size') });
  });

  it('of goodbye is not waited for', async () => {
    const peer = closing(await startScriptedServer({}));
    const tell = await opened(peer.port);
    expect(await tell(event())).toEqual({ status: 'delivered', detail: '250 taken' });
    await until(() => peer.commands.includes('QUIT') && peer.connections() === 0);
  });
});

describe('several recipients', () => {
  const three = 'good@example.org later@example.org never@example.org';

  it('of which some are refused for now get the mail once each', async () => {
    const busy = new Set(['later@example.org']);
    const peer = closing(
      await startSmtpServer({
        onRcptTo: ({ address }, _, done) => done(busy.has(address) ? answer(450, 'busy') : null),
      }),
    );
    const tell = await opened(peer.port, { to: 'good@example.org later@example.org' });
    expect(await tell(event())).toEqual({ status: 'retry', reason: expect.stringMatching(/later@example\.org .*450/) });
    expect(await tell(event())).toMatchObject({ status: 'retry' });
    busy.clear();
    expect(await tell(event())).toMatchObject({ status: 'delivered' });
    expect(peer.mails.map(({ to }) => to)).toEqual([['good@example.org'], ['later@example.org']]);
    // Another notification is sent to all.
    expect(await tell(eventNotification('01-other'))).toMatchObject({ status: 'delivered' });
    expect(peer.mails.at(-1)?.to).toHaveLength(2);
  });

  it('of which some are refused for ever are told, and the others get the mail', async () => {
    const codes = new Map([['never@example.org', 550]]);
    const peer = closing(
      await startSmtpServer({
        onRcptTo: ({ address }, _, done) => {
          const code = codes.get(address);
          done(code === undefined ? null : answer(code, 'no such user'));
        },
      }),
    );
    const services = testServices();
    const tell = await opened(peer.port, { to: three }, services);
    expect(await tell(event())).toMatchObject({
      status: 'delivered',
      detail: expect.stringMatching(/refused: never@example\.org .*550 no such user/),
    });
    expect(services.logged).toMatchObject([{ level: 40, notifier: 'audit', reason: expect.stringContaining('550') }]);
    expect(peer.mails.map(({ to }) => to)).toEqual([['good@example.org', 'later@example.org']]);
  });

  it('that are all refused: for now if one of them is, else for ever', async () => {
    const codes = new Map([
      ['good@example.org', 550],
      ['later@example.org', 450],
      ['never@example.org', 553],
    ]);
    const peer = closing(
      await startSmtpServer({ onRcptTo: ({ address }, _, done) => done(answer(codes.get(address) ?? 250)) }),
    );
    const tell = await opened(peer.port, { to: three });
    expect(await tell(event())).toMatchObject({ status: 'retry' });
    codes.set('later@example.org', 551);
    expect(await tell(event())).toMatchObject({ status: 'rejected' });
    expect(peer.mails).toEqual([]);
  });
});

describe('encryption', () => {
  it.each([
    [{ smtp_tls: 'starttls', smtp_ca: certificate }, true],
    [{ smtp_tls: 'opportunistic' }, true],
    [{ smtp_tls: 'off' }, false],
  ])('is chosen by %j', async (options, secure) => {
    const peer = closing(await startSmtpServer(tlsOptions));
    const tell = await opened(peer.port, options);
    expect(await tell(event())).toMatchObject({ status: 'delivered' });
    expect(peer.mails).toMatchObject([{ secure }]);
  });

  it('is there from the first byte', async () => {
    const peer = closing(await startSmtpServer({ ...tlsOptions, secure: true }));
    const tell = await opened(peer.port, { smtp_tls: 'implicit', smtp_ca: certificate });
    expect(await tell(event())).toMatchObject({ status: 'delivered' });
    expect(peer.mails).toMatchObject([{ secure: true }]);
  });

  it.each(['starttls', 'implicit'])('with a certificate that nobody trusts is none: %s', async (mode) => {
    const peer = closing(await startSmtpServer({ ...tlsOptions, secure: mode === 'implicit' }));
    const tell = await opened(peer.port, { smtp_tls: mode });
    expect(await tell(event())).toMatchObject({ status: 'retry', reason: expect.stringContaining('certificate') });
    expect(peer.mails).toEqual([]);
  });

  it('is not done without where it is asked for', async () => {
    const peer = closing(await startSmtpServer());
    const tell = await opened(peer.port, { smtp_tls: 'starttls' });
    expect(await tell(event())).toMatchObject({ status: 'retry' });
    expect(peer.mails).toEqual([]);
  });
});

describe('login', () => {
  const login = { smtp_user: 'belfry', smtp_password: 'pässword', smtp_tls: 'starttls', smtp_ca: certificate };

  it('is done where it is configured', async () => {
    const peer = closing(
      await startSmtpServer({
        ...tlsOptions,
        authOptional: false,
        onAuth: ({ username, password }, _, done) => done(null, { user: `${username}:${password}` }),
      }),
    );
    const tell = await opened(peer.port, login);
    expect(await tell(event())).toMatchObject({ status: 'delivered' });
    expect(peer.mails).toMatchObject([{ user: 'belfry:pässword', secure: true }]);
  });

  it('takes its password from a file as well, and from the environment', async () => {
    const passwords: unknown[] = [];
    const peer = closing(
      await startSmtpServer({
        ...tlsOptions,
        onAuth: ({ username: user, password }, _, done) => {
          passwords.push(password);
          done(null, { user });
        },
      }),
    );
    const directory = mkdtempSync(join(tmpdir(), 'belfry-smtp-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'password');
    writeFileSync(file, 'of the file\n');
    vi.stubEnv('BELFRY_TEST_PASSWORD', 'of the environment');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { smtp_password: _, ...rest } = login;
    for (const options of [{ smtp_password_file: file }, { smtp_password: 'env:BELFRY_TEST_PASSWORD' }]) {
      expect(await (await opened(peer.port, { ...rest, ...options }))(event())).toMatchObject({ status: 'delivered' });
    }
    expect(passwords).toEqual(['of the file', 'of the environment']);
  });

  it('that is refused, or missing, can be mended, and no password is told', async () => {
    const peer = closing(
      await startSmtpServer({ ...tlsOptions, authOptional: false, onAuth: (_, _session, done) => done(answer(535)) }),
    );
    for (const options of [login, { smtp_tls: 'off' }]) {
      const tell = await opened(peer.port, options);
      const outcome = await tell(event());
      expect(outcome).toMatchObject({ status: 'retry', reason: expect.stringMatching(/53[05]/) });
      expect(JSON.stringify(outcome)).not.toContain('pässword');
    }
  });
});

describe('the words of a server', () => {
  const pipelining = '250-localhost\r\n250 PIPELINING';

  it.each<[string, Partial<Record<Step, Reaction>>, string, string]>([
    ['421 to MAIL, and it closes', { MAIL: '421 4.3.2 shutting down' }, 'retry', '421 4.3.2 shutting down'],
    ['421 to RCPT, and it closes', { RCPT: '421 4.3.2 shutting down' }, 'retry', '421 4.3.2 shutting down'],
    ['421 to DATA, and it closes', { DATA: '421 4.3.2 shutting down' }, 'retry', '421 4.3.2 shutting down'],
    ['421 for a greeting', { greeting: '421 4.7.0 too many' }, 'retry', '421 4.7.0 too many'],
    ['550 to MAIL, and 354 all the same', { MAIL: '550 5.7.1 refused' }, 'rejected', '550 5.7.1 refused'],
    ['550 to RCPT, and 354 all the same', { RCPT: '550 5.1.1 unknown' }, 'rejected', '550 5.1.1 unknown'],
  ])('are the reason: %s', async (_, reactions, status, words) => {
    for (const EHLO of [pipelining, '250 localhost']) {
      const peer = closing(await startScriptedServer({ EHLO, ...reactions }));
      const tell = await opened(peer.port);
      expect(await tell(event())).toMatchObject({ status, reason: expect.stringContaining(words) });
      await until(() => peer.connections() === 0);
    }
  });

  it.each<[string, Reaction]>([
    ['it speaks something else', '220 go on\r\nthis is no TLS'],
    ['it says nothing any more', '220 go on'],
  ])('come with the option to set where STARTTLS is offered and broken: %s', async (_, STARTTLS) => {
    const peer = closing(await startScriptedServer({ EHLO: '250-localhost\r\n250 STARTTLS', STARTTLS }));
    const services = testServices({ attemptTimeoutMs: 1000 });
    expect(await (await opened(peer.port, {}, services))(event())).toMatchObject({
      status: 'retry',
      reason: expect.stringMatching(/STARTTLS.*audit_mailto_smtp_tls: off/),
    });
    expect(await (await opened(peer.port, { smtp_tls: 'starttls' }, services))(event())).not.toMatchObject({
      reason: expect.stringContaining('smtp_tls: off'),
    });
    expect(await (await opened(peer.port, { smtp_tls: 'off' }))(event())).toMatchObject({ status: 'delivered' });
  });
});
