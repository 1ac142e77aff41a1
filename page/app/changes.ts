/** Actions that change something in the daemon, and the dialogs that say before what they will do. */
import { ApiProblem, post, reasonOf } from '../api/client.ts';
import type { Meant, Summary, TestReport } from '../api/types.ts';
import { type ChangeKind, doneWords } from '../model/changes.ts';
import { spanText } from '../model/format.ts';
import { shown } from '../model/printable.ts';
import type { Actions } from './actions.ts';
import type { Dialog } from './state.ts';
import type { Store } from './store.ts';

type Changes = Pick<
  Actions,
  | 'resume'
  | 'tryNow'
  | 'openPause'
  | 'pause'
  | 'openTest'
  | 'test'
  | 'openChange'
  | 'confirmChange'
  | 'closeDialog'
  | 'dismissNotice'
>;

const pathOf = (notifier: string, what: string): string => `/api/notifiers/${encodeURIComponent(notifier)}/${what}`;
const placeOf = (kind: ChangeKind): 'dead' | 'queue' => (kind.endsWith('dead') ? 'dead' : 'queue');

/** `changed` is called when something has been changed, so that it is seen. */
export function createChanges(store: Store, changed: () => void): Changes {
  const say = (text: string, isProblem = false): void => store.set({ notice: { text, isProblem } });

  /** Shows in the dialog that it works, and what went wrong. */
  async function inDialog(work: () => Promise<void>): Promise<void> {
    const { dialog } = store.state();
    if (dialog === undefined || dialog.isBusy) return;
    const { problem: _, ...rest } = dialog;
    store.set({ dialog: { ...rest, isBusy: true } as Dialog });
    try {
      await work();
    } catch (thrown) {
      const now = store.state().dialog;
      if (now === undefined) say(reasonOf(thrown), true);
      else store.set({ dialog: { ...now, problem: reasonOf(thrown) } });
    }
    const now = store.state().dialog;
    if (now !== undefined) store.set({ dialog: { ...now, isBusy: false } });
    changed();
  }

  async function openly(work: () => Promise<string>): Promise<void> {
    try {
      say(await work());
    } catch (thrown) {
      say(reasonOf(thrown), true);
    }
    changed();
  }

  async function count(kind: ChangeKind, meant: Meant, hasChanged = false): Promise<void> {
    const { matching = 0, at } = await post<Summary>(`/api/${placeOf(kind)}/count`, meant);
    const { dialog } = store.state();
    if (dialog?.kind !== 'change') return;
    store.set({ dialog: { ...dialog, counted: { matching, at }, ...(hasChanged ? { hasChanged } : {}) } });
  }

  async function confirm(): Promise<void> {
    const { dialog } = store.state();
    if (dialog?.kind !== 'change' || dialog.counted === undefined) return;
    const { change, meant, counted } = dialog;
    // No more than was counted: what has come since is left alone.
    const receivedUntilAt = counted.at === undefined ? {} : { receivedUntilAt: counted.at };
    const selection = { ...meant.selection, ...receivedUntilAt };
    const isDrop = change.startsWith('drop');
    const body = { ...meant, selection, ...(isDrop ? { expect: counted.matching } : {}) };
    try {
      const done = await post<Summary>(`/api/${placeOf(change)}/${isDrop ? 'drop' : 'retry'}`, body);
      store.set({ dialog: undefined });
      say(doneWords(change, done.changed, done.inProgress));
    } catch (thrown) {
      if (!(thrown instanceof ApiProblem) || thrown.status !== 409) throw thrown;
      await count(change, meant, true);
    }
  }

  return {
    resume: (notifier) =>
      void openly(async () => {
        await post(pathOf(notifier, 'resume'), {});
        return `${shown(notifier)} is resumed.`;
      }),
    tryNow: (notifier) =>
      void openly(async () => {
        const { changed: tried } = await post<Summary>('/api/queue/retry', { notifier, selection: {} });
        return doneWords('retry-queue', tried, 0);
      }),
    openPause: (notifier) => store.set({ dialog: { kind: 'pause', notifier }, notice: undefined }),
    pause: (notifier, forMs) =>
      void inDialog(async () => {
        await post(pathOf(notifier, 'pause'), forMs === undefined ? {} : { forMs });
        store.set({ dialog: undefined });
        say(`${shown(notifier)} is paused ${forMs === undefined ? 'until you resume it' : `for ${spanText(forMs)}`}.`);
      }),
    openTest: (notifier) => store.set({ dialog: { kind: 'test', notifier }, notice: undefined }),
    test: (notifier, event) =>
      void inDialog(async () => {
        const report = await post<TestReport>(pathOf(notifier, 'test'), event === '' ? {} : { event });
        const { dialog } = store.state();
        if (dialog?.kind === 'test') store.set({ dialog: { ...dialog, report } });
      }),
    openChange(change, meant) {
      store.set({ dialog: { kind: 'change', change, meant }, notice: undefined });
      void inDialog(() => count(change, meant));
    },
    confirmChange: () => void inDialog(confirm),
    closeDialog: () => store.set({ dialog: undefined }),
    dismissNotice: () => store.set({ notice: undefined }),
  };
}
