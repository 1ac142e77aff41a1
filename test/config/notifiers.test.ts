import { describe, expect, it } from 'vitest';
import { factsOfProblems, load, webhook } from './fixture.ts';

const crm = ['notifiers: crm', 'crm_method: webhook', 'crm_webhook_url: https://crm.example.org/'];

function notifier(...lines: readonly string[]) {
  const { configuration, problems } = load([...crm, ...lines]);
  expect(factsOfProblems(problems.filter(({ severity }) => severity === 'error'))).toEqual([]);
  const [found] = configuration?.notifiers ?? [];
  if (!found) throw new Error('there is no notifier');
  return found;
}

function wrong(...lines: readonly string[]): readonly string[] {
  return factsOfProblems(load(lines).problems);
}

describe('a notifier', () => {
  it('has the defaults of all', () => {
    expect(notifier()).toEqual({
      name: 'crm',
      method: webhook,
      needs: [],
      templates: [],
      values: { url: new URL('https://crm.example.org/') },
      selection: { name: 'crm', content: 'full' },
      filters: expect.objectContaining({ groups: ['message', 'mailbox'] }),
      dispatch: {
        concurrency: 4,
        attemptTimeoutMs: 15_000,
        order: 'mailbox',
        retryScheduleMs: [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200].map((seconds) => seconds * 1000),
        retryForMs: 3 * 86_400_000,
        retryAfterMaxMs: 86_400_000,
        from: 'end',
        breaker: { failures: 5, pauseMs: 5000, longestPauseMs: 300_000 },
      },
      builtIn: false,
    });
  });

  it('takes what is written for it, else what is written for all or for its method', () => {
    const lines = ['events: flags', 'webhook_pin: 5s', 'users: john', 'order: none', 'classes: EVENT MAIL'];
    expect(notifier(...lines)).toMatchObject({
      values: { pin: 5000 },
      selection: { name: 'crm', events: ['flags'], users: ['john'], classes: ['EVENT', 'MAIL'] },
      dispatch: { order: 'none' },
    });
    const own = ['crm_events: MessageNew', 'crm_webhook_pin: 7s', 'crm_mailboxes: INBOX "Sent Items"'];
    expect(notifier(...lines, ...own)).toMatchObject({
      values: { pin: 7000 },
      selection: { events: ['MessageNew'], mailboxes: ['INBOX', 'Sent Items'], users: ['john'] },
    });
  });

  it.each([
    [['crm_attempt_timeout: 1s', 'crm_webhook_timeout: 2s', 'webhook_timeout: 3s', 'attempt_timeout: 4s'], 1000],
    [['crm_webhook_timeout: 2s', 'webhook_timeout: 3s', 'attempt_timeout: 4s'], 2000],
    [['webhook_timeout: 3s', 'attempt_timeout: 4s'], 3000],
    [['attempt_timeout: 4s'], 4000],
    [['belfry_attempt_timeout: 5s', 'attempt_timeout: 4s'], 5000],
    [[], 15_000],
  ])('%j gives an attempt %d ms', (lines, attemptTimeoutMs) => {
    expect(notifier(...lines)).toMatchObject({ dispatch: { attemptTimeoutMs } });
  });

  it('has limits for the time of an attempt, whatever name it is written with', () => {
    for (const name of ['crm_attempt_timeout', 'crm_webhook_timeout', 'webhook_timeout', 'attempt_timeout']) {
      for (const [value, words] of [
        ['999ms', / 1s/],
        ['25d', / 24d20h31m23s/],
        ['soon', /is not a duration/],
      ] as const) {
        const errors = load([...crm, `${name}: ${value}`]).problems.filter(({ severity }) => severity === 'error');
        expect(errors, `${name}: ${value}`).toMatchObject([{ line: 4, option: name }]);
        expect(errors[0]?.message).toMatch(words);
      }
    }
  });

  it('may have the former name of the time of an attempt, with a warning that says the new one', () => {
    const lines = ['notifiers: crm shop', 'crm_method: webhook', 'shop_method: webhook'];
    const urls = ['webhook_url: https://crm.example.org/'];
    const old = ['webhook_timeout: 3s', 'belfry_shop_webhook_timeout: 4s'];
    const { configuration, problems } = load([...lines, ...urls, ...old]);
    expect(configuration?.notifiers.map(({ dispatch }) => dispatch.attemptTimeoutMs)).toEqual([3000, 4000]);
    expect(problems).toMatchObject([
      { line: 5, severity: 'warning', option: 'webhook_timeout' },
      { line: 6, severity: 'warning', option: 'belfry_shop_webhook_timeout' },
    ]);
    expect(problems.map(({ remedy }) => remedy)).toEqual([
      'write crm_attempt_timeout, shop_attempt_timeout',
      'write belfry_shop_attempt_timeout',
    ]);
  });

  it.each([
    [['belfry_crm_concurrency: 1', 'crm_concurrency: 2', 'belfry_concurrency: 3', 'concurrency: 5'], 1],
    [['crm_concurrency: 2', 'belfry_concurrency: 3', 'concurrency: 5'], 2],
    [['concurrency: 5', 'belfry_concurrency: 3'], 3],
    [['concurrency: 5'], 5],
    [[], 4],
  ])('%j gives it the concurrency %d', (lines, concurrency) => {
    expect(notifier(...lines).dispatch.concurrency).toBe(concurrency);
  });

  it('may have filters of its own, and shares those of the daemon otherwise', () => {
    const lines = ['event_exclude_flags: \\Seen', 'notifiers: crm log', ...crm.slice(1), 'crm_event_groups: access'];
    const { configuration } = load(lines);
    const [own, shared] = configuration?.notifiers ?? [];
    expect(own?.filters).toMatchObject({ groups: ['access'], excludeFlags: ['\\Seen'] });
    expect(shared?.filters).toBe(configuration?.filters);
  });

  it('that is named like a method needs no method', () => {
    const { configuration, problems } = load(['notifiers: log External', 'notify_external: /bin/true']);
    expect(factsOfProblems(problems)).toEqual([]);
    expect(configuration?.notifiers.map(({ name, method }) => `${name} ${method.name}`)).toEqual([
      'log log',
      'external exec',
    ]);
  });

  it('may be named like one method and have another', () => {
    const lines = ['notifiers: log', 'log_method: webhook', 'log_webhook_url: https://h/', 'log_file: /x'];
    const { configuration, problems } = load(lines);
    expect(factsOfProblems(problems)).toEqual([]);
    expect(configuration?.notifiers[0]?.method.name).toBe('webhook');
    expect(configuration?.builtIns.map(({ name }) => name)).not.toContain('log');
  });

  it('finds its method in any case and by its other name', () => {
    const { configuration } = load(['notifiers: x', 'x_method: EXTERNAL', 'x_exec_program: /bin/true -v']);
    expect(configuration?.notifiers[0]).toMatchObject({
      method: { name: 'exec' },
      values: { program: ['/bin/true', '-v'] },
    });
  });
});

describe('mistakes', () => {
  it('in names', () => {
    expect(wrong('notifiers: belfry default unusable a_b 9x log LOG')).toEqual([
      '1: error: notifiers: "belfry"',
      '1: error: notifiers: "default"',
      '1: error: notifiers: "unusable"',
      '1: error: notifiers: "a_b"',
      '1: error: notifiers: "9x"',
      '1: error: notifiers: "LOG"',
    ]);
    expect(wrong(`notifiers: ${'x'.repeat(65)}`)).toHaveLength(1);
    expect(wrong(`notifiers: ${Array.from({ length: 65 }, (_, index) => `n${index}`).join(' ')}`)).toContain(
      '1: error: notifiers: "n64" 64',
    );
  });

  it('in names whose options mean something else already', () => {
    expect(wrong('notifiers: autocreate', 'autocreate_method: log')).toEqual([
      '1: error: notifiers: "autocreate" autocreate_users',
    ]);
  });

  it('in methods', () => {
    expect(
      wrong('notifiers: a b c', 'b_method: webhok', 'c_method: carrier-pigeon', 'b_webhook_url: https://h/'),
    ).toEqual([
      '1: error: notifiers: a_method',
      '2: error: b_method: "webhok" webhook?',
      '3: error: c_method: "carrier-pigeon"',
    ]);
  });

  it('of what is missing', () => {
    expect(wrong('', 'notifiers: crm x', 'crm_method: webhook', 'x_method: exec')).toEqual([
      '3: error: crm_webhook_url: https://crm.example.org/hook',
      '4: error: x_exec_program: notify_external',
    ]);
  });

  it('in what is inherited stand where it is written', () => {
    expect(wrong('notifiers: exec', 'notify_external: hook')).toEqual(['2: error: notify_external: "hook"']);
  });
});

describe('built-in notifiers', () => {
  it('are there for each method that none is configured for', () => {
    expect(load(crm).configuration?.builtIns.map(({ name, builtIn }) => `${name} ${builtIn}`)).toEqual([
      'log true',
      'mailto true',
      'null true',
    ]);
    const { configuration } = load(['notifiers: audit', 'audit_method: log', 'notify_external: /bin/true']);
    expect(configuration?.builtIns.map(({ name }) => name)).toEqual(['mailto', 'null', 'exec']);
    expect(configuration?.builtIns.at(-1)).toMatchObject({ values: { program: ['/bin/true'], wait: true } });
  });

  it('may be given options by their names and by their methods', () => {
    const { configuration, problems } = load(['log_file: /x', 'log_events: flags', 'log_retry_for: 1d']);
    expect(factsOfProblems(problems)).toEqual([]);
    expect(configuration?.builtIns[0]).toMatchObject({
      values: { file: '/x' },
      selection: { events: ['flags'] },
      dispatch: { retryForMs: 86_400_000 },
    });
  });

  it('are listed in full only where they are told everything', () => {
    const listed = (lines: readonly string[]) =>
      load(lines).inForce.flatMap(({ section, option }) => (section.startsWith('Built-in') ? [option] : []));
    expect(listed([])).toContain('log_order');
    expect(listed([...crm, 'mailto_order: none', 'concurrency: 2', 'notify_external: /bin/true'])).toEqual([
      'mailto_order',
      'exec_program',
    ]);
  });
});

describe('who is told', () => {
  const names = (...lines: readonly string[]) => {
    const { configuration, problems } = load(['notifysocket: dlist:/s', ...lines]);
    expect(factsOfProblems(problems)).toEqual([]);
    return [configuration?.defaultNotifiers, configuration?.sieveNotifiers];
  };

  it('are all notifiers, or the built-in log', () => {
    expect(names(...crm)[0]).toEqual(['crm']);
    expect(names()[0]).toEqual(['log']);
  });

  it('are those that are named, by name or by method', () => {
    const lines = ['notifiers: a b c', 'a_method: log', 'b_method: log', 'c_method: null'];
    expect(names(...lines, 'default_notifiers: C')[0]).toEqual(['c']);
    expect(names(...lines, 'default_notifiers: log mailto a')[0]).toEqual(['a', 'b', 'mailto']);
    expect(names(...lines)[1]).toEqual(['mailto', 'a', 'b', 'c']);
    expect(names(...lines, 'sieve_notifiers: b')[1]).toEqual(['b']);
  });

  it('may always be what Cyrus is told to ask for from Sieve', () => {
    const lines = ['notify_external: /bin/true', 'sievenotifier: External'];
    expect(names(...lines)[1]).toEqual(['mailto', 'log', 'null', 'exec']);
    expect(names(...lines, 'sieve_notifiers: null')[1]).toEqual(['null', 'exec']);
  });

  it.each(['event_notifier', 'mailnotifier', 'sievenotifier', 'imipnotifier', 'sieve_notifiers', 'default_notifiers'])(
    '%s: default means the default notifiers',
    (option) => {
      for (const [lines, all] of [
        [[], ['log']],
        [crm, ['crm']],
      ] as const) {
        const [defaults, sieve] = names(...lines, `${option}: default`);
        expect(defaults).toEqual(all);
        if (option.startsWith('sieve')) expect(sieve).toEqual(expect.arrayContaining([...all]));
      }
      if (option === 'default_notifiers') return;
      const lines = ['notifiers: a b', 'a_method: webhook', 'a_webhook_url: https://h/', 'b_method: null'];
      expect(names(...lines, 'default_notifiers: b', `${option}: default`)).toEqual([
        ['b'],
        option === 'sieve_notifiers' ? ['b'] : ['mailto', 'log', 'b'],
      ]);
    },
  );

  it('works for a Cyrus that has external and nothing else set', () => {
    const { configuration, problems } = load(['event_notifier: external', 'notify_external: /bin/true']);
    expect(factsOfProblems(problems)).toEqual([]);
    expect(configuration?.builtIns.map(({ name }) => name)).toContain('exec');
  });

  it('are errors when nobody has the name, and warnings where only Cyrus uses it', () => {
    expect(
      wrong(
        ...crm,
        'default_notifiers: crn exec',
        'sieve_notifiers: zephyr',
        'mailnotifier: zephyr',
        'event_notifier: external',
      ),
    ).toEqual([
      '4: error: default_notifiers: "crn" crm?',
      '4: error: default_notifiers:',
      '5: error: sieve_notifiers: "zephyr"',
      '6: warning: mailnotifier: "zephyr" MAIL',
      '7: warning: event_notifier: EVENT',
    ]);
  });
});
