/** NAME_when on the way of an entry: after the filters, for events only, with its reason; and what notifiers share stays shared. */
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/decode/encode-frame.ts';
import { createExaminer } from '../../src/examine/examiner.ts';
import { type Explanation, explainer } from '../../src/examine/explain.ts';
import { rulesOf } from './rules.ts';

const arrival =
  '{"event":"MessageNew","timestamp":"2026-11-29T22:23:04Z","user":"john","messageSize":5,"uri":"imap://h/user/john/Sub;UIDVALIDITY=7/;UID=1"}';

async function explained(options: string): Promise<Explanation> {
  const { parts, choosers } = await rulesOf(`notifiers: a\na_method: log\n${options}\n`);
  return explainer(parts, choosers)({ format: 'event', bytes: Buffer.from(arrival) });
}

const optionOf = ({ notifiers: [first] }: Explanation): string | undefined => first?.reason?.option;

describe('NAME_when', () => {
  it.each([
    ['a_when: event.messageSize == 5 && mailbox == "user/john/Sub"', undefined],
    ['a_when: event.messageSize > 5', 'a_when'],
    // For all notifiers at once.
    ['when: event.messageSize > 5', 'a_when'],
    ['when: event.messageSize > 5\na_when: user == "john"', undefined],
    ['event_extra_params: timestamp\na_when: event.messageSize == 5', 'a_when'],
    ['a_when: event.messageSize > 5\na_events: Login', 'a_events'],
    ['event_groups: quota\na_when: event.messageSize > 5', 'event_groups'],
  ])('%j: filtered by %s', async (options, option) => {
    expect(optionOf(await explained(options))).toBe(option);
  });

  it('is not asked about requests of other classes', async () => {
    const bytes = encodeFrame({
      method: '',
      class: 'MAIL',
      priority: '',
      user: 'john',
      mailbox: 'INBOX',
      options: [],
      message: 'hello',
    });
    const { parts, choosers } = await rulesOf('notifiers: a\na_method: log\na_when: user == "nobody"\n');
    const explanation = explainer(parts, choosers)({ format: 'datagram', bytes: Buffer.from(bytes) });
    expect(explanation).toMatchObject({ class: 'MAIL' });
    expect(explanation.notifiers[0]).toMatchObject({ notifier: 'a', delivers: true });
  });

  it('leaves the notification of those that have the same filters one and the same', async () => {
    const { parts, choosers } = await rulesOf(
      'notifiers: a b\na_method: log\nb_method: log\na_when: event.messageSize == 5\n',
    );
    const examiner = createExaminer(parts);
    const request = { format: 'event' as const, bytes: Buffer.from(arrival) };
    const routes = choosers
      .slice(0, 2)
      .map((one) => examiner.route({ position: 1, id: 'x', receivedAt: 0, request }, one));
    const [a, b] = routes.map((route) => (route.kind === 'deliver' ? route.notification : undefined));
    expect(a).toBeDefined();
    expect(a).toBe(b);
  });

  it('refuses rules with a mistake, where it was not found before', async () => {
    await expect(explained('a_when: event.nothing')).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });
});
