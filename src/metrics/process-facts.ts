/** What the process takes of its machine. */
import { readdirSync } from 'node:fs';
import type { MetricName } from './declarations.ts';

const microseconds = 1e6;

export function processFacts(): Partial<Record<MetricName, number>> {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const descriptors = openDescriptors();
  return {
    process_start_time_seconds: performance.timeOrigin / 1000,
    process_cpu_user_seconds_total: user / microseconds,
    process_cpu_system_seconds_total: system / microseconds,
    process_cpu_seconds_total: (user + system) / microseconds,
    process_resident_memory_bytes: rss,
    ...(descriptors === undefined ? {} : { process_open_fds: descriptors }),
    nodejs_heap_size_used_bytes: heapUsed,
    nodejs_heap_size_total_bytes: heapTotal,
    nodejs_external_memory_bytes: external,
  };
}

/** Undefined where they cannot be seen. */
function openDescriptors(): number | undefined {
  try {
    // The one with which the directory is read is not counted.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}
