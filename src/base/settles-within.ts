/** Waiting for what may never come to its end. */

/** Whether `promise` settles, either way, before `ms` have passed. Never rejects. */
export async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    // Once more round the event loop: where that was held up, the answer may have come meanwhile.
    timer = setTimeout(() => setImmediate(() => resolve(false)), ms);
  });
  const done = promise.then(
    () => true,
    () => true,
  );
  const settled = await Promise.race([done, late]);
  clearTimeout(timer);
  return settled;
}
