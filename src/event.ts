/** The shapes of what travels inside belfry: JSON values and RFC 5423 events. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** One RFC 5423 event: `event` is its type, every other key a parameter. Never changed in place. */
export interface MailEvent extends JsonObject {
  readonly event: string;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
