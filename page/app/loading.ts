/** Loads what the view in the address needs, and again from time to time while it is shown. */
import { read, reasonOf } from '../api/client.ts';
import type { Configuration, Entry, EventRow, Group, Item, List } from '../api/types.ts';
import { totalsOf } from '../model/notifiers.ts';
import { textOfBase64 } from '../model/printable.ts';
import type { Route } from '../model/route.ts';
import { isEntryId, merged, queriesOf } from '../model/search.ts';
import type { Loaded, State } from './state.ts';
import type { Store } from './store.ts';

type Name = 'found' | 'entry' | 'groups' | 'items' | 'configuration';
type Value<N extends Name> = NonNullable<NonNullable<State[N]>['value']>;

/** Rows that a view loads at a time. */
const pageRows = 50;

export interface Loading {
  /** Everything that the view needs; what is there already is exchanged when the answer comes. */
  refresh(isPeriodic?: boolean): void;
  moreItems(): void;
}

export function createLoading(store: Store): Loading {
  /** How many dead letters there were when they were grouped: to group them costs more than to count them. */
  let groupedDead = -1;

  async function load<N extends Name>(name: N, key: string, ask: () => Promise<Value<N>>): Promise<void> {
    const before = store.state()[name];
    if (before?.key !== key) store.set({ [name]: { key } });
    let loaded: Loaded<Value<N>>;
    try {
      loaded = { key, value: await ask() };
    } catch (thrown) {
      loaded = { key, problem: reasonOf(thrown) };
    }
    // Unless something else has been asked for meanwhile.
    if (store.state()[name]?.key === key) store.set({ [name]: loaded });
  }

  const groups = (): Promise<void> => load('groups', '', () => read<List<Group>>('/api/dead/groups'));

  function items(route: Route, from: 'dead' | 'queue'): Promise<void> {
    const { notifier, reason } = route;
    const before = store.state().items;
    const key = [from, notifier, reason].join('\n');
    const shown = before?.key === key ? (before.value?.items.length ?? 0) : 0;
    const limit = String(Math.min(1000, Math.max(pageRows, shown)));
    return load('items', key, () => read<List<Item>>(`/api/${from}`, { notifier, reason, limit }));
  }

  async function more(): Promise<void> {
    const { items: before, route } = store.state();
    const { next, items: rows = [] } = before?.value ?? {};
    if (before === undefined || next === undefined) return;
    const from = route.view === 'dead' ? 'dead' : 'queue';
    const { notifier, reason } = route;
    const query = { notifier, reason, limit: String(pageRows), after: next };
    await load('items', before.key, async () => {
      const page = await read<List<Item>>(`/api/${from}`, query);
      return { ...page, items: [...rows, ...page.items] };
    });
  }

  async function search(text: string): Promise<readonly EventRow[]> {
    if (isEntryId(text)) return [await read<Entry>(`/api/events/${encodeURIComponent(text.trim())}`)];
    const answers = await Promise.all(
      queriesOf(text).map((query) => read<List<EventRow>>('/api/events', { ...query, limit: '100' })),
    );
    return merged(
      answers.map(({ items: rows }) => rows),
      300,
    );
  }

  async function entry(id: string): Promise<void> {
    await load('entry', id, () => read<Entry>(`/api/events/${encodeURIComponent(id)}`));
    const { route, entry: loaded, explaining } = store.state();
    if (route.view !== 'explain' || loaded?.value === undefined || explaining.text !== '') return;
    store.set({ explaining: { text: textOfBase64(loaded.value.bytes), version: explaining.version + 1 } });
  }

  function refresh(isPeriodic = false): void {
    const { route, search: text, status } = store.state();
    const { dead } = totalsOf(status?.notifiers ?? []);
    const { view, id } = route;
    if (id !== undefined) void entry(id);
    if ((view === 'overview' || view === 'dead') && !(isPeriodic && dead === groupedDead)) {
      groupedDead = dead;
      void groups();
    }
    if (view === 'queue') void items(route, 'queue');
    if (view === 'dead' && route.notifier !== undefined) void items(route, 'dead');
    if (isPeriodic) return;
    if (view === 'configuration') {
      void load('configuration', '', () => read<Configuration>('/api/configuration'));
    }
    if ((view === 'overview' || view === 'events') && text.trim() !== '') void load('found', text, () => search(text));
  }

  return { refresh, moreItems: () => void more() };
}
