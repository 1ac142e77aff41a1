/** Holds the state and shows each change of it once a frame. */
import type { State } from './state.ts';

/** A property that is given as undefined is removed. */
type Change = { readonly [Name in keyof State]?: State[Name] | undefined };

export interface Store {
  state(): State;
  set(change: Change): void;
}

export function createStore(first: State, show: (state: State) => void): Store {
  let state = first;
  let isScheduled = false;
  const showNow = (): void => {
    isScheduled = false;
    show(state);
  };
  return {
    state: () => state,
    set(change) {
      const next: Record<string, unknown> = { ...state, now: Date.now() };
      for (const [name, value] of Object.entries(change)) {
        if (value === undefined) delete next[name];
        else next[name] = value;
      }
      state = next as unknown as State;
      if (isScheduled) return;
      isScheduled = true;
      // A page in the background gets no frames, and its title must be right all the same.
      if (document.hidden) setTimeout(showNow);
      else requestAnimationFrame(showNow);
    },
  };
}
