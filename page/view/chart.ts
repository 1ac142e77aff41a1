/** A chart over the last hour, by uPlot, with a legend of our own and its content in words for screen readers. */
import type uPlot from 'uplot';
import { type Described, h } from '../dom/h.ts';
import { type ChartData, inWords } from '../model/series.ts';
import { card } from './parts.ts';

/** Not only colours tell lines apart. */
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 3], [4, 6]];
const height = 168;
/** Between two times on the axis, in seconds: the labels have no seconds. */
const steps: readonly number[] = [60, 120, 300, 600, 900, 1800, 3600];

/** `key`: says which chart it is when others come and go. */
export function chartView(key: string, data: ChartData): Described {
  const { title, lines, format } = data;
  const legend = lines.map(({ name, values }, index) => {
    const last = values.at(-1);
    return h(
      'li',
      { key: name },
      h('span', { class: `swatch line-${index % dashes.length}`, 'aria-hidden': true }),
      h('bdi', {}, name),
      ' ',
      h('b', {}, last === null || last === undefined ? '–' : format(last)),
    );
  });
  const words = h('p', { class: 'unseen' }, inWords(data));
  const picture = h('div', {
    class: 'plot',
    key: `plot ${lines.length} ${lines.map(({ name }) => name).join()}`,
    'aria-hidden': true,
    ...drawing(data),
  });
  return card(
    title,
    { key, class: 'chart' },
    h('ul', { class: 'legend', 'aria-hidden': true }, legend),
    picture,
    words,
  );
}

/** The plot of an element, for the descriptions that come after the first. */
const plots = new WeakMap<Element, { update(data: ChartData): void }>();

function drawing(data: ChartData) {
  return {
    mounted(element: Element) {
      const drawn = createPlot(element, data);
      plots.set(element, drawn);
      return drawn.end;
    },
    updated: (element: Element) => plots.get(element)?.update(data),
  };
}

function createPlot(element: Element, first: ChartData) {
  let data = first;
  let plot: uPlot | undefined;
  let library: typeof uPlot | undefined;
  let isEnded = false;
  const draw = (): void => {
    if (library === undefined || isEnded || !(element instanceof HTMLElement)) return;
    plot?.destroy();
    plot = new library(optionsOf(data, element), dataOf(data), element);
  };
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0 && plot !== undefined) plot.setSize({ width: element.clientWidth, height });
  });
  observer.observe(element);
  // The colours are drawn, so they change with the theme only when it is drawn anew.
  const theme = matchMedia('(prefers-color-scheme: dark)');
  theme.addEventListener('change', draw);
  import('uplot').then(
    (loaded) => {
      library = loaded.default;
      draw();
    },
    () => element.replaceChildren('The chart could not be loaded.'),
  );
  return {
    update(next: ChartData): void {
      if (next.at === data.at) return;
      data = next;
      plot?.setData(dataOf(data));
    },
    end(): void {
      isEnded = true;
      observer.disconnect();
      theme.removeEventListener('change', draw);
      plot?.destroy();
    },
  };
}

const dataOf = ({ at, lines, isLogarithmic }: ChartData): uPlot.AlignedData => {
  // There is no logarithm of 0.
  const drawable = (value: number | null): number | null =>
    isLogarithmic && value !== null ? Math.max(0.1, value) : value;
  return [[...at], ...lines.map(({ values }) => values.map(drawable))];
};

function optionsOf({ lines, format, isLogarithmic }: ChartData, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--soft'), font: '11px system-ui, sans-serif', grid, ticks: { show: false } };
  return {
    width: Math.max(200, element.clientWidth),
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: isLogarithmic
      ? { y: { distr: 3, log: 10 } }
      : { y: { range: (_, __, highest) => [0, Math.max(1, highest * 1.1)] } },
    axes: [
      { ...axis, size: 26, incrs: [...steps], values: (_, ticks) => ticks.map(clock), space: 60 },
      { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : format(tick))), space: 34 },
    ],
    series: [
      {},
      ...lines.map(({ name }, index) => ({
        label: name,
        stroke: colour(`--line-${index % dashes.length}`),
        width: 1.6,
        dash: [...(dashes[index % dashes.length] ?? [])],
        points: { show: false },
      })),
    ],
  };
}

const hours = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clock = (seconds: number): string => hours.format(seconds * 1000);
