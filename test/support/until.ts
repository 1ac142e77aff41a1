/** Waits for a state, never for a time. */

/** Resolves when `state` holds; rejects with what it was waiting for when it does not within `deadlineMs`. */
export async function until(state: () => boolean | Promise<boolean>, deadlineMs = 30_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await state())) {
    if (Date.now() > end) throw new Error(`this did not come true within ${deadlineMs} ms: ${state.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
