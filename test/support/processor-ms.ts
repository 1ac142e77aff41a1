/** Processor time that something takes: how long it lasts depends on what else the machine does. */

/** Calls `act`; answers what it has, and how many milliseconds of processor time this process has used meanwhile. */
export function measuredMs<T>(act: () => T): { readonly result: T; readonly processorMs: number } {
  const before = process.cpuUsage();
  const result = act();
  const { user, system } = process.cpuUsage(before);
  return { result, processorMs: (user + system) / 1000 };
}
