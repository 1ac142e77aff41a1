/** Structured data of RFC 5424 §6.3: values by names, of which none can end its quotation marks. */
import { printable } from '../../base/printable.ts';

/** SD-NAME: 1 to 32 characters of ASCII, without `=`, `]`, `"` and white space. */
const name = /^[!#-<>-\\^-~]{1,32}$/;

export function isStructuredName(text: string): boolean {
  return name.test(text);
}

/** SD-ID of one that has not registered a name: a name, `@`, and a private enterprise number (RFC 5424 §6.3.2, §7.2.2). */
export function isStructuredId(text: string): boolean {
  return isStructuredName(text) && /^[^@]+@\d+(?:\.\d+)*$/.test(text);
}

/**
 * The element `[id name="value"…]`, in UTF-8; a value that is empty is left out. Control characters are written `\n` and
 * `\u{1b}`, so that the receiver has no need to replace them with an escape of its own.
 */
export function structuredElement(id: string, values: Iterable<readonly [string, string]>): string {
  let element = `[${id}`;
  for (const [key, value] of values) {
    if (value !== '') element += ` ${key}="${printable(value).replace(/["\\\]]/g, '\\$&')}"`;
  }
  return `${element}]`;
}
