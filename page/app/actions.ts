/** What a user can do: called by the views, changes the state, asks the API. */
import type { Meant, Remedy } from '../api/types.ts';
import type { ChangeKind } from '../model/changes.ts';
import type { Route } from '../model/route.ts';

export interface Actions {
  go(route: Route): void;
  logIn(token: string): void;
  logOut(): void;
  /** What the verdict proposes. */
  remedy(remedy: Remedy): void;
  search(text: string): void;
  hold(isHeld: boolean): void;
  resume(notifier: string): void;
  /** Attempts what is deferred of it at once. */
  tryNow(notifier: string): void;
  openPause(notifier: string): void;
  pause(notifier: string, forMs: number | undefined): void;
  openTest(notifier: string): void;
  test(notifier: string, event: string): void;
  /** Counts first, and says what will happen. */
  openChange(kind: ChangeKind, meant: Meant): void;
  confirmChange(): void;
  closeDialog(): void;
  dismissNotice(): void;
  moreItems(): void;
  explain(text: string): void;
  setExplained(text: string): void;
  searchOptions(text: string): void;
  showWholeConfiguration(isWhole: boolean): void;
  copy(text: string): void;
}
