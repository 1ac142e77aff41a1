/** Where each kind of receiver finds how many notifications one stands for. */
import { expect, it } from 'vitest';
import { envelopeLine, envelopeOf } from '../../src/notifier/envelope.ts';
import { streamLine } from '../../src/notifier/exec/stream-line.ts';
import { jsonLines } from '../../src/notifier/log/log-line.ts';
import { standingFor } from '../../src/notifier/standing-for.ts';
import { templateValues } from '../../src/notifier/template/values.ts';
import { valuesOf } from '../../src/notifier/webhook/template/values.ts';
import { eventNotification } from './samples.ts';

const alone = eventNotification('01-a', { user: 'jane' });
const standing = standingFor(alone, { count: 4, firstReceivedAt: Date.UTC(2026, 10, 1) });
const shown = { count: 4, firstReceivedAt: '2026-11-01T00:00:00.000Z' };
const services = { name: 'n', servername: 'mail.example.org', specialUse: () => new Set<string>() };

it('is the same notification otherwise', () => {
  expect(standing).toEqual({ ...alone, coalesced: standing.coalesced });
});

it('is in the envelope, whichever way it is written', () => {
  expect(envelopeOf(standing, services)).toMatchObject({ coalesced: shown });
  expect(JSON.parse(envelopeLine(standing, services))).toMatchObject({ coalesced: shown });
  expect(envelopeOf(alone, services)).not.toHaveProperty('coalesced');
});

it('is in the line for a program and in that of the log', () => {
  const [delivery, other] = [standing, alone].map((notification) => ({ notification, attempt: 1, lane: '' }));
  if (delivery === undefined || other === undefined) throw new Error('no delivery');
  expect(JSON.parse(streamLine(delivery))).toMatchObject({ id: '01-a', coalesced: shown });
  expect(JSON.parse(streamLine(other))).not.toHaveProperty('coalesced');
  const line = jsonLines();
  expect(JSON.parse(line(delivery, 'n', 0))).toMatchObject({ id: '01-a', coalesced: 4 });
  expect(JSON.parse(line(other, 'n', 0))).not.toHaveProperty('coalesced');
});

it('can be named by templates, and is in the title of one for people', () => {
  const addressing = { notifier: 'n', servername: '' };
  expect([standing, alone].map((one) => templateValues(one, addressing)('coalesced'))).toEqual(['4', '1']);
  expect(valuesOf(standing, services).text('title')).toContain(' for jane (4 ');
});
