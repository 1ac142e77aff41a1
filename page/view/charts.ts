/** The last hour: rates in and out, latency and queue by notifier. */
import type { History } from '../api/types.ts';
import type { State } from '../app/state.ts';
import { type Described, h } from '../dom/h.ts';
import { count, rate, spanText } from '../model/format.ts';
import { shownNotifiers } from '../model/notifiers.ts';
import { type ChartData, lineOfNotifiers } from '../model/series.ts';
import { chartView } from './chart.ts';

/** The same array for the same history, so that a chart is drawn only when there is something new. */
const seconds = new WeakMap<History, readonly number[]>();

function secondsOf(history: History): readonly number[] {
  let at = seconds.get(history);
  if (at === undefined) {
    at = history.at.map((ms) => ms / 1000);
    seconds.set(history, at);
  }
  return at;
}

export function chartsView({ status, history }: State): Described | undefined {
  if (status === undefined || history === undefined || history.at.length < 2) return undefined;
  const names = shownNotifiers(status.notifiers).map(({ notifier }) => notifier);
  const at = secondsOf(history);
  const charts: readonly ChartData[] = [
    {
      ...{ title: 'Notifications per second', at, isLogarithmic: false, format: rate },
      lines: [
        { name: 'received', values: history.received },
        ...lineOfNotifiers(history, names, 'delivered').map(({ name, values }) => ({ name: `to ${name}`, values })),
      ],
    },
    {
      ...{ title: 'From receipt to delivery, p99', at, isLogarithmic: true, format: spanText },
      lines: lineOfNotifiers(history, names, 'p99Ms'),
    },
    {
      ...{ title: 'Waiting', at, isLogarithmic: false, format: count },
      lines: lineOfNotifiers(history, names, 'waiting'),
    },
  ];
  return h(
    'div',
    { class: 'charts' },
    charts.filter(({ lines }) => lines.length > 0).map((data) => chartView(data.title, data)),
  );
}
