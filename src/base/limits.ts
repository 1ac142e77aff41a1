/** Limits that the platform sets, each stated once. */

/** The longest time that a timer of Node can wait: 24 days, 20 hours and a bit, in milliseconds. */
export const longestTimerMs = 2 ** 31 - 1;

/** Bytes of the path of a Unix socket: `sun_path` has 108, the last for the NUL that ends it (unix(7)). */
export const maxSocketPathBytes = 107;

/**
 * The longest request that any option allows, in bytes. What a notifier makes of it (JSON, which writes a control character in
 * six) is one string, and a string of V8 ends at 512 MiB.
 */
export const longestRequestBytes = 64 * 1024 ** 2;
