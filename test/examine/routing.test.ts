import { describe, expect, it } from 'vitest';
import { compileRouting, type Recipients } from '../../src/examine/routing.ts';

const route = compileRouting({
  notifiers: [
    { name: 'audit', methods: ['log'], builtIn: false },
    { name: 'crm', methods: ['webhook'], builtIn: false },
    { name: 'Shop', methods: ['webhook'], builtIn: false },
    { name: 'mailto', methods: ['mailto'], builtIn: true },
    { name: 'null', methods: ['null'], builtIn: true },
  ],
  defaultNotifiers: ['audit', 'crm'],
  sieveNotifiers: ['mailto', 'crm'],
});
const routeWith = (sieveNotifiers: readonly string[]) =>
  compileRouting({
    notifiers: [
      { name: 'log', methods: ['exec', 'external'], builtIn: false },
      { name: 'audit', methods: ['log'], builtIn: false },
    ],
    defaultNotifiers: ['log', 'audit'],
    sieveNotifiers,
  });

const request = { method: '', class: '', priority: '', user: '', mailbox: '', options: [], message: '' };
const ask = (method: string, requestClass = 'EVENT'): Recipients => route({ ...request, method, class: requestClass });
const names = (method: string, requestClass?: string): string[] | string => {
  const recipients = ask(method, requestClass);
  return 'names' in recipients ? [...recipients.names] : recipients.refused;
};

describe('the routing of requests', () => {
  it('sends what names nothing to the default notifiers', () => {
    expect(names('')).toEqual(['audit', 'crm']);
    expect(names('Default')).toEqual(['audit', 'crm']);
  });

  it('holds every request of class SIEVE to the list, with a method or without', () => {
    for (const method of ['', 'default', 'Default', 'DEFAULT']) {
      expect(names(method, 'SIEVE')).toEqual(['crm']);
      expect(names(method, 'sieve')).toEqual(['crm']);
      expect(ask(method, 'SIEVE')).toMatchObject({
        barred: { names: new Set(['audit']), reason: { option: 'sieve_notifiers' } },
      });
      expect(ask(method)).not.toHaveProperty('barred');
    }
  });

  it('takes what is in the list for names of notifiers, and for nothing else', () => {
    const of = (method: string, list: readonly string[]) => routeWith(list)({ ...request, method, class: 'SIEVE' });
    expect(of('log', ['log'])).toEqual({ names: new Set(['log']) });
    // A notifier of method log is not let in by one that is called so.
    expect(of('audit', ['log'])).toMatchObject({ names: new Set(), barred: { names: new Set(['audit']) } });
    expect(of('', ['log'])).toMatchObject({ names: new Set(['log']), barred: { names: new Set(['audit']) } });
    expect(of('', [])).toMatchObject({ names: new Set(), barred: { names: new Set(['log', 'audit']) } });
    expect(of('', ['log', 'audit'])).toEqual({ names: new Set(['log', 'audit']) });
  });

  it('takes a name for a notifier first, then for a method, without case', () => {
    expect(names('CRM')).toEqual(['crm']);
    expect(names('shop')).toEqual(['Shop']);
    expect(names('webhook')).toEqual(['crm', 'Shop']);
    expect(names('Log')).toEqual(['audit']);
    expect(names('null')).toEqual(['null']);
  });

  it('understands the mailto: of old Cyrus', () => {
    expect(names('mailto:bob@example.org', 'SIEVE')).toEqual(['mailto']);
  });

  it('refuses what is not there, and says what to do', () => {
    expect(names('zephyr')).toMatch(/"zephyr".*configure one/);
    expect(names('external')).toMatch(/notify_external/);
    expect(names(`x${'y'.repeat(10_000)}`).length).toBeLessThan(200);
  });

  it('lets a Sieve script name only what it may', () => {
    expect(names('crm', 'SIEVE')).toEqual(['crm']);
    expect(names('mailto', 'sieve')).toEqual(['mailto']);
    expect(names('webhook', 'SIEVE')).toEqual(['crm']);
    expect(names('audit', 'SIEVE')).toEqual([]);
    expect(names('log', 'SIEVE')).toEqual([]);
    expect(names('audit', 'MAIL')).toEqual(['audit']);
  });

  it('filters what a script asks for in vain, whatever URI that is: it is no unusable request', () => {
    for (const method of ['xmpp:john@example.org', 'https://hook.example.org/x', 'external:prog', 'zephyr', 'audit']) {
      const recipients = ask(method, 'SIEVE');
      expect(recipients).toMatchObject({ names: new Set(), barred: { reason: { option: 'sieve_notifiers' } } });
      expect(ask(method)).not.toHaveProperty('barred');
    }
    const made = ask(`x\n${'y'.repeat(10_000)}`, 'SIEVE');
    const detail = 'barred' in made ? (made.barred?.reason.detail ?? '') : '';
    expect(detail).toMatch(/ "x\\ny+…"; .*: mailto crm$/);
    expect(detail.length).toBeLessThan(200);
  });

  it('stays small when a sender makes up methods', () => {
    for (let i = 0; i < 5000; i++) expect(names(`made-up-${i}`)).toMatch(/configure one/);
  });
});
