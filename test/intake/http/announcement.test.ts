/** What counts as told before, and what has happened again. */
import { describe, expect, it } from 'vitest';
import {
  type Announcement,
  type AnnouncementLimits,
  RecentAnnouncements,
} from '../../../src/intake/http/announcement.ts';

const read = (by: string): Announcement => ({ what: 'read 1', by, once: false });
const arrival = (by: string): Announcement => ({ what: 'new 1', by, once: true });
const created = (by: string): Announcement => ({ what: 'create A', by, once: false, state: ['A'] });
const deleted = (by: string): Announcement => ({ what: 'delete A', by, once: false, state: ['A'] });
const renamed = (from: string, to: string): Announcement => ({
  what: `rename ${from} ${to}`,
  by: 'lua',
  once: false,
  state: [from, to],
});

/** Tells one after the other, `ms` apart; answers which were taken. */
function take(tellings: readonly Announcement[], ms = 1, limits?: Partial<AnnouncementLimits>): readonly boolean[] {
  let now = 1000;
  const recent = new RecentAnnouncements(() => now, limits);
  return tellings.map((announcement) => {
    now += ms;
    const fresh = !recent.repeats(announcement);
    if (fresh) recent.note(announcement);
    return fresh;
  });
}

describe('what can happen only once', () => {
  it('is taken once, whoever tells it', () => {
    expect(take([arrival('ox'), arrival('lua'), arrival('ox'), arrival('lua')])).toEqual([true, false, false, false]);
    expect(take([arrival('ox'), arrival('ox')], 4000)).toEqual([true, false]);
  });

  it('is forgotten in the end', () => {
    expect(take([arrival('ox'), arrival('ox')], 10 * 60_000)).toEqual([true, true]);
    const others = [1, 2, 3].map((n) => ({ what: `new ${n}`, by: 'ox', once: true }));
    expect(
      take([arrival('ox'), ...others.slice(1), arrival('ox')], 1, { remembered: { entries: 2, bytes: 1024 * 1024 } }),
    ).toEqual([true, true, true, true]);
  });
});

describe('a change that can happen again', () => {
  it('is taken once of two senders', () => {
    expect(take([read('one'), read('two')])).toEqual([true, false]);
  });

  it('has happened again when the same sender tells it again', () => {
    expect(take([read('one'), read('one'), read('one')])).toEqual([true, true, true]);
    expect(take([read('one'), read('two'), read('one'), read('two')])).toEqual([true, false, true, false]);
  });

  it('of another sender after a while has happened again', () => {
    expect(take([read('one'), read('two')], 10_000)).toEqual([true, true]);
  });
});

describe('a mailbox event', () => {
  it('is taken once, also when the same sender tells it twice on end', () => {
    expect(take([created('lua'), created('lua')])).toEqual([true, false]);
  });

  it('is taken each time when something else of the mailbox was told between', () => {
    expect(take([created('lua'), deleted('lua'), created('lua'), deleted('lua')])).toEqual([true, true, true, true]);
    expect(take([renamed('A', 'B'), renamed('B', 'A'), renamed('A', 'B')])).toEqual([true, true, true]);
  });

  it('is taken again a second later', () => {
    expect(take([created('lua'), created('lua')], 1000)).toEqual([true, true]);
  });
});

describe('what happens on another server', () => {
  const on = (announcement: Announcement, server: string): Announcement => ({ ...announcement, server });

  it('is never a repetition', () => {
    expect(take([on(arrival('lua'), 'a'), on(arrival('lua'), 'b')])).toEqual([true, true]);
    expect(take([on(read('one'), 'a'), on(read('two'), 'b')])).toEqual([true, true]);
    expect(take([on(created('lua'), 'a'), on(created('lua'), 'b')])).toEqual([true, true]);
  });

  it('may be any for a sender who does not say', () => {
    expect(take([on(arrival('lua'), 'a'), arrival('ox'), on(arrival('lua'), 'a')])).toEqual([true, false, false]);
  });
});

it('what was refused by the log is not noted, and so is taken when it comes again', () => {
  const recent = new RecentAnnouncements(() => 0);
  expect([recent.repeats(arrival('ox')), recent.repeats(arrival('ox'))]).toEqual([false, false]);
});
