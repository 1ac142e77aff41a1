/** The prefix with which a setting is for belfry alone. */

/** The prefix of settings for belfry alone in a file that others read too (Cyrus: `SERVICE_option`). */
export const servicePrefix = 'belfry_';

export function withoutService(name: string): string {
  return name.startsWith(servicePrefix) ? name.slice(servicePrefix.length) : name;
}
