/** The page: makes the state, the actions and the polling, and shows the view that the address names. */
import { ApiProblem, end, post, postBytes, reasonOf } from './api/client.ts';
import type { Actions } from './app/actions.ts';
import { createChanges } from './app/changes.ts';
import { createLoading } from './app/loading.ts';
import { createPolling } from './app/poll.ts';
import { firstState, type State } from './app/state.ts';
import { createStore } from './app/store.ts';
import { createRoot } from './dom/patch.ts';
import { hashOf, routeOf } from './model/route.ts';
import { iconOf, titleOf } from './model/title.ts';
import { dialogView } from './view/dialogs.ts';
import { pageView } from './view/page.ts';

/** What a view has loaded is loaded again this often. */
const refreshMs = 5000;
/** After the last key, before the server is asked. */
const typingMs = 300;

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element ${id}`);
  return found;
}

const showPage = createRoot(element('page'));
const showDialogs = createRoot(element('dialogs'));
const said = element('said');
const store = createStore(firstState(routeOf(location.hash), Date.now()), show);
const loading = createLoading(store);
const polling = createPolling(store);
let typing: ReturnType<typeof setTimeout> | undefined;

const actions: Actions = {
  ...createChanges(store, () => {
    void polling.refresh();
    loading.refresh();
  }),
  go: (route) => {
    location.hash = hashOf(route);
  },
  logIn: (token) => void logIn(token),
  logOut: () => void logOut(),
  remedy({ kind, notifier }) {
    if (kind === 'configuration') actions.go({ view: 'configuration' });
    else if (notifier === undefined) return;
    else if (kind === 'dead') actions.go({ view: 'dead', notifier });
    else if (kind === 'resume') actions.resume(notifier);
    else actions.tryNow(notifier);
  },
  search(text) {
    store.set({ search: text });
    clearTimeout(typing);
    typing = setTimeout(() => {
      const { search: _, ...route } = store.state().route;
      history.replaceState(null, '', hashOf({ ...route, ...(text.trim() === '' ? {} : { search: text.trim() }) }));
      follow();
    }, typingMs);
  },
  hold(isHeld) {
    store.set({ isHeld });
    if (!isHeld) polling.release();
  },
  moreItems: loading.moreItems,
  explain: (text) => void explain(text),
  setExplained: (text) => store.set({ explaining: { text, version: store.state().explaining.version + 1 } }),
  searchOptions: (optionSearch) => store.set({ optionSearch }),
  showWholeConfiguration: (isWholeConfiguration) => store.set({ isWholeConfiguration }),
  copy: (text) => void copy(text),
};

async function logIn(token: string): Promise<void> {
  try {
    await post('/api/session', { token });
    store.set({ loginProblem: undefined });
    await start();
  } catch (thrown) {
    store.set({ loginProblem: reasonOf(thrown) });
  }
}

async function logOut(): Promise<void> {
  try {
    await end('/api/session');
    location.reload();
  } catch (thrown) {
    store.set({ notice: { text: reasonOf(thrown), isProblem: true } });
  }
}

async function explain(text: string): Promise<void> {
  store.set({ explaining: { ...store.state().explaining, text }, explanation: { key: text } });
  try {
    const { text: value } = await postBytes<{ text: string }>('/api/explain', text);
    store.set({ explanation: { key: text, value } });
  } catch (thrown) {
    if (!(thrown instanceof ApiProblem) && !(thrown instanceof TypeError)) throw thrown;
    store.set({ explanation: { key: text, problem: reasonOf(thrown) } });
  }
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    store.set({ notice: { text: 'Copied.', isProblem: false } });
  } catch {
    store.set({ notice: { text: 'The browser does not let this page copy; select the line.', isProblem: true } });
  }
}

function show(state: State): void {
  showPage([pageView(state, actions)]);
  showDialogs(state.dialog === undefined ? [] : [dialogView(state.dialog, actions)]);
  const isReachable = state.unreachableSince === undefined;
  const title = titleOf(state.status, isReachable);
  if (document.title !== title) document.title = title;
  const icon = iconOf(state.status, isReachable);
  const link = element('icon');
  if (link.getAttribute('href') !== icon) link.setAttribute('href', icon);
  sayVerdict(state, isReachable);
}

/** To a screen reader: the verdict when its kind changes, not each time that a number in it does. */
function sayVerdict({ status, session }: State, isReachable: boolean): void {
  if (status === undefined || session?.authenticated === false) return;
  const { level, headline, problems } = status.verdict;
  const key = isReachable
    ? `${level} ${problems.map(({ action, level: of }) => `${of} ${action?.notifier}`).join()}`
    : '';
  if (said.dataset['key'] === key) return;
  said.dataset['key'] = key;
  said.textContent = isReachable ? headline : 'belfry is not reachable';
}

/** The address has changed. */
function follow(): void {
  const { route: before } = store.state();
  const route = routeOf(location.hash);
  const hasMoved = before.view !== route.view;
  store.set({
    route,
    ...(hasMoved ? { search: route.search ?? '', notice: undefined } : {}),
    ...(route.id === undefined ? { entry: undefined } : {}),
    ...(route.view === 'explain' && route.id !== before.id
      ? { explaining: { text: '', version: store.state().explaining.version + 1 }, explanation: undefined }
      : {}),
  });
  if (isOpen()) loading.refresh();
  if (hasMoved) {
    window.scrollTo(0, 0);
    requestAnimationFrame(() => document.querySelector('h1')?.focus());
  }
}

function isOpen(): boolean {
  return store.state().session?.authenticated === true;
}

async function start(): Promise<void> {
  await polling.start();
  if (isOpen()) loading.refresh();
}

window.addEventListener('hashchange', follow);
// Relative times go on while nothing else changes.
setInterval(() => {
  if (!document.hidden) store.set({});
}, 1000);
setInterval(() => {
  if (!document.hidden && isOpen() && store.state().route.view !== 'explain') loading.refresh(true);
}, refreshMs);
show(store.state());
void start();
