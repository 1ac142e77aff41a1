/** Which view the address names: `#/events?id=…`. */

export const views = ['overview', 'events', 'queue', 'dead', 'explain', 'configuration'] as const;
export type ViewName = (typeof views)[number];

export interface Route {
  readonly view: ViewName;
  /** Of the event whose way is shown. */
  readonly id?: string;
  /** What is searched for. */
  readonly search?: string;
  readonly notifier?: string;
  readonly reason?: string;
}

export const titles: Readonly<Record<ViewName, string>> = {
  overview: 'Overview',
  events: 'Events',
  queue: 'Queue',
  dead: 'Dead letters',
  explain: 'Explain',
  configuration: 'Configuration',
};

const parameters = ['id', 'search', 'notifier', 'reason'] as const;

export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const view = views.find((name) => name === path) ?? 'overview';
  const given = new URLSearchParams(query);
  const found = parameters.flatMap((name) => {
    const value = given.get(name);
    return value === null || value === '' ? [] : [[name, value]];
  });
  return { view, ...Object.fromEntries(found) };
}

export function hashOf({ view, ...given }: Route): string {
  const query = new URLSearchParams(
    parameters.flatMap((name) => {
      const value = given[name];
      return value === undefined || value === '' ? [] : [[name, value] as [string, string]];
    }),
  ).toString();
  const path = view === 'overview' ? '' : view;
  return `#/${path}${query === '' ? '' : `?${query}`}`;
}
