/** Lets the event loop look once at everything that waits in the kernel. */

/** The first may be called in the middle of a look, the second comes after a whole one. */
export async function turnOfLoop(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
