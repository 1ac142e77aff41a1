/** Keeps what is asked for many times from being done as many times. */

/**
 * What it answers runs `act`; calls during a run are answered together by one more run after it, which begins after the
 * last of them. A rejection goes to `onFailure`, and no further run follows it.
 */
export function merged(act: () => Promise<void>, onFailure: (thrown: unknown) => void): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      await act();
    } while (again);
    running = false;
  };
  return () => {
    if (running) again = true;
    else run().catch(onFailure);
  };
}
