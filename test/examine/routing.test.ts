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

const ask = (method: string, requestClass = 'EVENT'): Recipients =>
  route({ method, class: requestClass, priority: '', user: '', mailbox: '', options: [], message: '' });
const names = (method: string, requestClass?: string): string[] | string => {
  const recipients = ask(method, requestClass);
  return 'names' in recipients ? [...recipients.names] : recipients.refused;
};

describe('the routing of requests', () => {
  it('sends what names nothing to the default notifiers', () => {
    expect(names('')).toEqual(['audit', 'crm']);
    expect(names('Default')).toEqual(['audit', 'crm']);
    expect(names('', 'SIEVE')).toEqual(['audit', 'crm']);
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
    expect(names('audit', 'SIEVE')).toMatch(/may not name the notifier "audit"; sieve_notifiers: mailto crm/);
    expect(names('log', 'SIEVE')).toMatch(/may not/);
    expect(names('audit', 'MAIL')).toEqual(['audit']);
  });

  it('stays small when a sender makes up methods', () => {
    for (let i = 0; i < 5000; i++) expect(names(`made-up-${i}`)).toMatch(/configure one/);
  });
});
