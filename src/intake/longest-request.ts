/** How long a request may be, whatever an option says. */

/**
 * The longest request that any option allows. What a notifier makes of it (JSON, which writes a control character in six)
 * is one string, and a string of V8 ends at 512 MiB.
 */
export const longestRequestBytes = 64 * 1024 ** 2;
