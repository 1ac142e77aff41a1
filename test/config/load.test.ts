import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { factsOfProblems, load, methods, reader } from './fixture.ts';

/** The configuration of lines in which nothing is wrong. */
function good(...lines: readonly string[]) {
  const { configuration, problems } = load(lines);
  expect(factsOfProblems(problems.filter(({ severity }) => severity === 'error'))).toEqual([]);
  if (!configuration) throw new Error('there is no configuration');
  return configuration;
}

function source(lines: readonly string[], option: string) {
  return load(lines).inForce.find((one) => one.option === option);
}

describe('defaults', () => {
  it('make a configuration out of nothing', () => {
    const configuration = good();
    expect(configuration).toMatchObject({
      files: ['belfry.conf'],
      directory: '/var/lib/belfry',
      servername: 'mail.example.org',
      postmaster: 'postmaster',
      logLevel: 'info',
      spool: {
        engine: 'lmdb',
        directory: '/var/lib/belfry/spool',
        maxBytes: 1024 ** 3,
        retentionMs: 86_400_000,
      },
      shutdownGraceMs: 20_000,
      sockets: [
        {
          transport: 'datagram',
          name: '/var/lib/belfry/socket/notify',
          path: '/var/lib/belfry/socket/notify',
          mode: 0o660,
        },
      ],
      unknownEvents: 'pass',
      notifiers: [],
      defaultNotifiers: ['log'],
      sieveNotifiers: ['mailto', 'log', 'null'],
    });
    expect(configuration.builtIns.map(({ name }) => name)).toEqual(['log', 'mailto', 'null']);
    expect(configuration.specialUse).toContainEqual({ pattern: 'INBOX/Junk', attribute: '\\Junk' });
    expect(configuration.specialUse).toContainEqual({ pattern: 'INBOX.Junk', attribute: '\\Junk' });
  });

  it('of the filters are those of Cyrus, except that what would destroy data is not set', () => {
    expect(good().filters).toEqual({
      groups: ['message', 'mailbox'],
      excludeFlags: [],
      excludeSpecialUse: ['\\Junk'],
      specialUseOnNotifysocket: false,
      extraParams: undefined,
      contentMode: undefined,
      contentSize: undefined,
    });
  });
});

describe('values', () => {
  it('are checked and typed', () => {
    const configuration = good(
      'configdirectory: /var/lib/cyrus',
      'notifysocket: {configdirectory}/socket/notify @notify "/run/a b"',
      'notifysocket_mode: 666',
      'notifysocket_group: mail',
      'servername: imap.example.org',
      'event_groups: Message QUOTA',
      'event_exclude_flags: \\Seen $Junk',
      'event_extra_params: timestamp vnd.cmu.envelope',
      'event_content_inclusion_mode: header',
      'event_content_size: 4K',
      'special_use: \\Sent="INBOX/Sent Items" INBOX/Sent',
      'unknown_events: reject',
      'schema_directory: {configDirectory}/schemas',
      'spool_max_size: 1 GiB',
      'shutdown_grace: 1m30s',
      'log_level: DEBUG',
    );
    expect(configuration).toMatchObject({
      servername: 'imap.example.org',
      filters: {
        groups: ['message', 'quota'],
        excludeFlags: ['\\Seen', '$Junk'],
        extraParams: ['timestamp', 'vnd.cmu.envelope'],
        contentMode: 'header',
        contentSize: 4096,
      },
      specialUse: [
        { attribute: '\\Sent', pattern: 'INBOX/Sent Items' },
        { attribute: '\\Sent', pattern: 'INBOX/Sent' },
      ],
      unknownEvents: 'reject',
      schemaDirectory: '/var/lib/cyrus/schemas',
      spool: expect.objectContaining({ maxBytes: 1024 ** 3 }),
      shutdownGraceMs: 90_000,
      logLevel: 'debug',
    });
    const common = { transport: 'datagram', mode: 0o666, group: 'mail', delayMs: 4 };
    expect(configuration.sockets).toEqual([
      { ...common, name: '/var/lib/cyrus/socket/notify', path: '/var/lib/cyrus/socket/notify' },
      { ...common, name: '@notify', path: '@notify' },
      { ...common, name: '/run/a b', path: '/run/a b' },
    ]);
  });

  it('that are wrong are all factsOfProblems, each once, and where', () => {
    const { configuration, problems, inForce } = load([
      'notifiers: a b',
      'a_method: log',
      'b_method: log',
      'retry_for: soon',
      'concurrency: 0',
      'b_concurrency: many',
      'log_level: loud',
      'webhook_timeout: long',
      'belfry_order: size',
    ]);
    expect(configuration).toBeUndefined();
    expect(factsOfProblems(problems)).toEqual([
      '4: error: retry_for: "soon" 30s 1d12h 90',
      '5: error: concurrency: 0 1 256',
      '6: error: b_concurrency: "many" 4',
      '7: error: log_level: "loud"',
      '8: error: webhook_timeout: "long" 30s 1d12h 90',
      '9: error: belfry_order: "size"',
    ]);
    expect(inForce.find(({ option }) => option === 'log_level')?.value).toBe('loud');
  });
});

describe('the service prefix', () => {
  it('wins over the plain option, wherever each stands', () => {
    expect(good('belfry_event_groups: flags', 'event_groups: message').filters.groups).toEqual(['flags']);
    expect(good('event_groups: message', 'Belfry_Event_Groups: flags').filters.groups).toEqual(['flags']);
  });

  it('leaves the plain value to others, right or wrong', () => {
    expect(good('event_groups: of-a-newer-cyrus', 'belfry_event_groups: flags').filters.groups).toEqual(['flags']);
  });

  it('goes with every name', () => {
    const lines = ['belfry_notifiers: crm', 'belfry_crm_method: log', 'crm_retry_for: 1d', 'belfry_crm_retry_for: 2d'];
    expect(good(...lines).notifiers[0]?.dispatch.retryForMs).toBe(2 * 86_400_000);
  });
});

describe('what is in force', () => {
  it('says where each value comes from', () => {
    const lines = ['notifiers: crm', 'crm_method: webhook', 'crm_webhook_url: https://h/', 'retry_for: 1d'];
    const file = { kind: 'file', file: 'belfry.conf' };
    expect(source(lines, 'crm_webhook_url')).toMatchObject({
      value: 'https://h/',
      source: { ...file, line: 3 },
    });
    expect(source(lines, 'crm_retry_for')).toMatchObject({
      value: '1d',
      source: { ...file, line: 4, as: 'retry_for' },
    });
    expect(source(lines, 'crm_order')).toMatchObject({ value: 'mailbox', source: { kind: 'default' } });
    expect(source(lines, 'servername')).toMatchObject({ value: 'mail.example.org', source: { kind: 'default' } });
    expect(source(lines, 'event_extra_params')).toMatchObject({ value: undefined, absent: 'all stay' });
  });

  it('says what an option inherits, and from where', () => {
    const lines = ['notifiers: x', 'x_method: exec', 'notify_external: {configdirectory}/hook'];
    expect(source(lines, 'x_exec_program')).toEqual({
      section: 'Notifier x (method exec)',
      option: 'x_exec_program',
      value: '/var/lib/belfry/hook',
      absent: 'missing',
      source: { kind: 'inherited', from: 'notify_external', source: { kind: 'file', file: 'belfry.conf', line: 3 } },
    });
    expect(source(['notifiers: mailto', 'sendmail: /bin/sm'], 'mailto_mailto_sendmail')).toMatchObject({
      value: '/bin/sm',
    });
    expect(source(['notifiers: mailto'], 'mailto_mailto_sendmail')).toMatchObject({
      source: { kind: 'inherited', from: 'sendmail', source: { kind: 'default' } },
    });
  });

  it('hides secrets', () => {
    const lines = [
      'notifiers: crm',
      'crm_method: webhook',
      'crm_webhook_url: https://u:hush@h/',
      'webhook_secret: hush',
    ];
    expect(JSON.stringify(load(lines).inForce)).not.toContain('hush');
    expect(source(lines, 'crm_webhook_url')?.value).toBe('https://u:***@h/');
    expect(source(lines, 'crm_webhook_secret')?.value).toBe('(secret)');
    const { problems } = load(['webhook_pin: hush hush']);
    expect(factsOfProblems(problems)).toEqual(['1: error: webhook_pin:']);
  });
});

describe('files', () => {
  it('takes the imapd.conf of Debian as it is', () => {
    const text = readFileSync(new URL('../fixtures/config/debian-imapd.conf', import.meta.url), 'utf8');
    const loaded = loadConfiguration('/etc/imapd.conf', { methods, read: reader({ '/etc/imapd.conf': text }) });
    expect(loaded.problems).toEqual([]);
    expect(loaded.ignored).toBe(25);
    expect(loaded.configuration?.sockets.map(({ path }) => path)).toEqual(['/run/cyrus/socket/notify']);
  });

  it('may include one of Cyrus and say beside it what is different', () => {
    const imapd = 'configdirectory: /var/lib/cyrus\nevent_notifier: log\nevent_groups: message\nimap_admins: me\n';
    const lines = ['@include: imapd.conf', 'belfry_event_groups: mailbox', 'belfry_configdirectory: /var/lib/belfry'];
    const { configuration, problems, files, ignored } = load(lines, { 'imapd.conf': imapd });
    expect(factsOfProblems(problems)).toEqual([]);
    expect(files).toEqual(['belfry.conf', 'imapd.conf']);
    expect(ignored).toBe(1);
    expect(configuration).toMatchObject({ directory: '/var/lib/belfry', filters: { groups: ['mailbox'] } });
  });

  it('tells problems in the order of files and lines', () => {
    const { problems } = load(['log_level: x', '@include: b.conf', 'no colon'], { 'b.conf': 'order: x\n?\n' });
    expect(problems.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'belfry.conf:1',
      'belfry.conf:3',
      'b.conf:1',
      'b.conf:2',
    ]);
  });

  it('reads the file system and the name of the host unless told otherwise', () => {
    const path = new URL('../fixtures/config/debian-imapd.conf', import.meta.url).pathname;
    expect(loadConfiguration(path, { methods }).configuration?.servername).toMatch(/./);
  });
});

describe('sockets', () => {
  const wrong = (...lines: readonly string[]) => factsOfProblems(load(lines).problems);

  it.each([
    [['datagram_commit_delay: 0'], { delayMs: 0 }],
    [['datagram_commit_delay: 100ms'], { delayMs: 100 }],
    // What is stored before it is read keeps the mail server waiting.
    [['datagram_commit_delay: 100ms', 'datagram_commit: before-read'], { storeFirst: true }],
  ])('has datagrams wait for others as %j says', (lines, how) => {
    const { configuration } = load(['notifysocket: /a', ...lines]);
    const own = { transport: 'datagram', name: '/a', path: '/a', mode: 0o660 };
    expect(configuration?.sockets).toEqual([{ ...own, ...how }]);
    expect(configuration?.datagram).toEqual(how);
  });

  it('takes the stream of Cyrus with its limits, of which none exceeds what dead letters may take of the spool', () => {
    const lines = ['notifysocket: /a dlist:/b', 'spool_max_size: 32M', 'dlist_max_connections: 7'];
    expect(load(lines).configuration?.sockets).toEqual([
      { transport: 'datagram', name: '/a', path: '/a', mode: 0o660, delayMs: 4 },
      {
        ...{ transport: 'dlist', name: 'dlist:/b', path: '/b', mode: 0o660, maxConnections: 7 },
        ...{ maxBytes: 8 * 1024 * 1024 - 1024, maxHeldBytes: 256 * 1024 * 1024 },
        ...{ requestTimeoutMs: 30_000, idleTimeoutMs: 60_000 },
      },
    ]);
    expect(wrong('notifysocket: /a dlist:/a dlist:b dlist:/')).toEqual([
      '1: error: notifysocket: /a',
      '1: error: notifysocket: dlist:b dlist:/path',
      '1: error: notifysocket: "/"',
    ]);
  });

  it('refuse a request that is longer than a dead letter can be, and name both options', () => {
    const most = 8 * 1024 * 1024 - 1024;
    const spool = 'spool_max_size: 32M';
    const bounds = `spool_max_size ${32 * 1024 ** 2} ${most} spool_max_size ${32 * 1024 ** 2 + 4}`;
    expect(wrong(spool, `dlist_max_size: ${most}`, `http_max_body: ${most}`)).toEqual([]);
    expect(wrong(`spool_max_size: ${32 * 1024 ** 2 + 4}`, `dlist_max_size: ${most + 1}`)).toEqual([]);
    expect(wrong(spool, `belfry_dlist_max_size: ${most + 1}`, `http_max_body: ${most + 1}`)).toEqual([
      `2: error: belfry_dlist_max_size: ${bounds}`,
      `3: error: http_max_body: ${bounds}`,
    ]);
    expect(wrong('spool_max_size: 8G', 'dlist_max_size: 64M', 'http_max_body: 64M')).toEqual([]);
    expect(wrong('spool_max_size: 8G', 'dlist_max_size: 67108865', 'http_max_body: 67108865')).toEqual([
      expect.stringMatching(/^2: error: dlist_max_size: .* 64M$/),
      expect.stringMatching(/^3: error: http_max_body: .* 64M$/),
    ]);
  });

  it('take what fits into the spool when nothing is set', () => {
    const { configuration } = load(['spool_max_size: 1M']);
    expect([configuration?.dlist.maxBytes, configuration?.http.maxBodyBytes]).toEqual([261_120, 261_120]);
    const large = load([]).configuration;
    expect([large?.dlist.maxBytes, large?.http.maxBodyBytes]).toEqual([64 * 1024 ** 2, 4 * 1024 ** 2]);
  });

  it('refuses what cannot be the name of a socket', () => {
    expect(wrong(`notifysocket: /${'x'.repeat(106)} /${'ä'.repeat(54)} @ /run/ /a /a`)).toEqual([
      `1: error: notifysocket: /${'ä'.repeat(54)} 109 107`,
      '1: error: notifysocket: "@"',
      '1: error: notifysocket: "/run/"',
      '1: error: notifysocket: /a',
    ]);
  });

  it('refuses a configdirectory that is no part of a list', () => {
    expect(wrong('configdirectory: /var/"x')).toEqual(['1: error: configdirectory:']);
  });
});
