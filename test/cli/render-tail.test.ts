/** The lines of `belfry tail`, whatever the text in them. */
import { expect, it } from 'vitest';
import type { RecentRow } from '../../src/admin/protocol.ts';
import { lastSeen, renderEvent, renderUpdate } from '../../src/cli/render-tail.ts';
import { styleFor } from '../../src/cli/style.ts';

const plain = styleFor({}, {});
const wide = Number.POSITIVE_INFINITY;
type Standing = RecentRow['notifiers'][number];

const row = (id: string, ...notifiers: Standing[]): RecentRow => ({
  ...{
    kind: 'recent',
    id,
    receivedAt: 0,
    size: 1,
    class: 'EVENT',
    event: 'MessageNew',
    user: 'anna',
    mailbox: 'INBOX',
  },
  notifiers,
});
const at = (state: Standing['state'], own: Partial<Standing> = {}): Standing => ({
  ...{ notifier: 'crm', state, attempts: [] },
  ...own,
});
const failed = { at: 0, durationMs: 1, outcome: 'retry', reason: 'answered 500' } as const;

it.each([
  ['crm waiting', at('waiting')],
  ['crm delivered', at('delivered')],
  ['crm delivered after 3 attempts', at('delivered', { outcome: { at: 0, attempts: 3 } })],
  ['crm filtered by crm_events', at('filtered', { outcome: { at: 0, option: 'crm_events' } })],
  ['crm held back by throttle', at('deferred', { heldBy: 'throttle' })],
  ['crm deferred after 1 attempt: answered 500', at('deferred', { attempts: [failed] })],
  ['crm dead: 410 Gone', at('dead', { reason: '410 Gone', attempts: [failed] })],
])('an event is one line: %s', (words, standing) => {
  const line = renderEvent(row('1', standing), lastSeen(), wide, plain);
  expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}MessageNew {10}anna INBOX {2}/);
  expect(line.endsWith(`  ${words}\n`)).toBe(true);
});

it('tells of each notifier with which something has changed, once', () => {
  const seen = lastSeen();
  renderEvent(row('1', at('waiting'), at('delivered', { notifier: 'log' })), seen, wide, plain);
  const next = row('1', at('deferred', { attempts: [failed] }), at('delivered', { notifier: 'log' }));
  expect(renderUpdate(next, seen, wide, plain)).toBe(
    '          └ MessageNew anna: crm deferred after 1 attempt: answered 500\n',
  );
  expect(renderUpdate(next, seen, wide, plain)).toBe('');
});

it('says nothing more of an event that was left out', () => {
  expect(renderUpdate(row('1', at('dead', { reason: 'x' })), lastSeen(), wide, plain)).toBe('');
});

it('remembers a thousand events', () => {
  const seen = lastSeen();
  for (let i = 0; i <= 1000; i++) renderEvent(row(String(i), at('waiting')), seen, wide, plain);
  expect(renderUpdate(row('0', at('delivered')), seen, wide, plain)).toBe('');
  expect(renderUpdate(row('1', at('delivered')), seen, wide, plain)).not.toBe('');
});

it.each([80, 120, wide])('at a width of %d nothing steers the terminal or adds a line', (width) => {
  const hostile = `\u001b]0;x\u0007\r\n\u202e\u009b2J${'y'.repeat(3000)}`;
  const standing = (state: Standing['state']): Standing =>
    at(state, { notifier: `n${hostile.slice(0, 20)}`, reason: hostile, outcome: { at: 0, option: hostile } });
  const given = { ...row('1'), event: hostile, class: hostile, user: hostile, mailbox: hostile };
  const seen = lastSeen();
  const texts = [
    renderEvent({ ...given, notifiers: [standing('filtered')] }, seen, width, plain),
    renderUpdate({ ...given, notifiers: [standing('dead')] }, seen, width, plain),
  ];
  for (const text of texts) {
    expect(text.match(/\n/g)).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.length).toBeLessThan(2500);
  }
});
