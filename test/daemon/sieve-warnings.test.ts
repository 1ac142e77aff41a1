/** Which Sieve notifications are warned of, and how often. */
import { describe, expect, it } from 'vitest';
import type { Request } from '../../src/base/request.ts';
import { sieveWarnings } from '../../src/daemon/sieve-warnings.ts';
import { encodeFrame } from '../../src/decode/encode-frame.ts';
import { createExaminer } from '../../src/examine/examiner.ts';
import { rulesOf } from '../examine/rules.ts';

const request: Request = {
  ...{ method: 'mailto', class: 'SIEVE', priority: '', user: 'john', mailbox: '', options: ['bob@x.example'] },
  message: 'You have mail',
};

async function warningsOf(requests: readonly Partial<Request>[]): Promise<readonly Record<string, unknown>[]> {
  const { parts, choosers } = await rulesOf(
    'notifiers: crm audit\ncrm_method: webhook\ncrm_webhook_url: http://h/\naudit_method: log\n',
  );
  const warned: Record<string, unknown>[] = [];
  const log = { warn: (fields: Record<string, unknown>) => warned.push(fields) };
  const see = sieveWarnings(createExaminer(parts), choosers, log as never);
  for (const [index, fields] of requests.entries()) {
    const bytes = encodeFrame({ ...request, ...fields });
    see({ position: index + 1, id: `ID${index}`, receivedAt: 0, request: { format: 'datagram', bytes } });
  }
  return warned;
}

describe('the warning of Sieve scripts', () => {
  it.each([
    [{ method: 'xmpp:john@example.org', options: [] }],
    [{ method: 'external:prog', options: [] }],
    [{ method: 'crm' }],
    [{ options: [''] }],
  ])('comes where nobody is notified: %j', async (fields) => {
    expect(await warningsOf([fields])).toMatchObject([{ id: 'ID0', user: 'john', option: 'sieve_notifiers' }]);
  });

  it.each([
    [{}],
    [{ method: '' }],
    [{ method: 'log' }],
    [{ class: 'MAIL', method: 'crm' }],
    [{ class: 'EVENT', message: '{"event":"Login"}' }],
  ])('does not come where somebody is, or for other classes: %j', async (fields) => {
    expect(await warningsOf([fields])).toEqual([]);
  });

  it('is limited in number, and then says how many there were', async () => {
    const many = await warningsOf(Array.from({ length: 1000 }, () => ({ method: 'xmpp:x' })));
    expect(many.length).toBeGreaterThan(0);
    expect(many.length).toBeLessThan(20);
  });
});
