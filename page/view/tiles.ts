/** The figures of the first screen: rates in and out, how fast requests are stored, what waits, the spool, losses. */
import type { Status } from '../api/types.ts';
import type { State } from '../app/state.ts';
import { type Child, type Described, h } from '../dom/h.ts';
import { ago, count, plural, rate, size, span, spanText } from '../model/format.ts';
import { shownNotifiers, totalsOf } from '../model/notifiers.ts';
import { hashOf } from '../model/route.ts';
import { sparkPoints, thinned } from '../model/series.ts';
import { link } from './parts.ts';

export function tilesView({ status, history, rates, now }: State): Described | undefined {
  if (status === undefined) return undefined;
  const shown = shownNotifiers(status.notifiers);
  const totals = totalsOf(status.notifiers);
  const recent = (values: readonly number[] | undefined): readonly number[] => thinned(values ?? [], 60);
  return h(
    'section',
    { class: 'tiles', 'aria-label': 'Figures' },
    tile(
      'Received',
      rates === undefined ? '–' : rate(rates.received),
      '/s',
      spark(recent(history?.received), 'acc'),
      `${count(status.received.total)} in all`,
    ),
    tile(
      'Delivered',
      rates === undefined ? '–' : rate(rates.delivered),
      `/s to ${plural(shown.length, 'notifier')}`,
      spark(recent(history?.delivered), 'ok'),
      `${count(shown.reduce((sum, { delivered }) => sum + delivered, 0))} in all`,
    ),
    stored(status),
    tile(
      'Waiting',
      totals.waiting === 0 ? '0' : link(count(totals.waiting), hashOf({ view: 'queue' })),
      '',
      undefined,
      totals.oldestAt === undefined ? 'nothing waits' : `oldest received ${ago(totals.oldestAt, now)}`,
    ),
    spool(status),
    tile(
      'Suspected losses',
      count(status.suspectedLosses),
      '',
      undefined,
      status.suspectedLosses === 0 ? 'none since the start' : 'since the start; the log names the mailboxes',
    ),
  );
}

function tile(name: string, value: Child, unit: string, picture: Child, below: string): Described {
  return h(
    'div',
    { class: 'card tile' },
    h('div', { class: 'k' }, name),
    h('div', { class: 'v' }, value, unit !== '' && [' ', h('small', {}, unit)]),
    picture,
    h('div', { class: 'soft' }, below),
  );
}

function stored({ stored: percentiles }: Status): Described {
  if (percentiles === null) return tile('Stored after', '–', '', undefined, 'nothing received of late');
  const [value, unit] = span(percentiles.p50Ms);
  return tile('Stored after', value, `${unit} · p99 ${spanText(percentiles.p99Ms)}`, undefined, 'from receipt to disk');
}

function spool({ spool: { bytes, maxBytes, retentionMs } }: Status): Described {
  const [value, unit] = size(bytes);
  const share = Math.min(1, bytes / Math.max(1, maxBytes));
  const bar = h('div', {
    class: `gauge${share > 0.9 ? ' bad' : ''}`,
    'aria-hidden': true,
    style: { '--share': share.toFixed(3) },
  });
  return tile(
    'Spool',
    value,
    `${unit} of ${size(maxBytes).join(' ')}`,
    bar,
    `keeps ${spanText(retentionMs)} for replay`,
  );
}

/** Without a text: the number stands beside it, and the charts below have one. */
function spark(values: readonly number[], tone: 'acc' | 'ok'): Described | undefined {
  const points = sparkPoints(values, 120, 26);
  if (points === '') return undefined;
  return h(
    'svg',
    { viewBox: '0 0 120 26', preserveAspectRatio: 'none', class: `spark ${tone}`, 'aria-hidden': true },
    h('polygon', { points: `0,26 ${points} 120,26` }),
    h('polyline', { points }),
  );
}
