/** How a value of a notification becomes a part of a name, such as a stream or a subject: nothing in it is taken for structure. */

/**
 * Each character that `unsafe` (with the flags g and u) matches, and each `%`, becomes its bytes in UTF-8 as `%` and two
 * digits, as in a URL; half of a surrogate pair counts as U+FFFD. An empty value becomes `_`, and the value `_` becomes `%5F`. So
 * different values stay different.
 */
export function tokenOf(value: string, unsafe: RegExp): string {
  if (value === '') return '_';
  if (value === '_') return '%5F';
  return value.replaceAll('%', '%25').replace(unsafe, encoded);
}

const encoded = (character: string): string =>
  Buffer.from(character).reduce((text, byte) => `${text}%${byte.toString(16).toUpperCase().padStart(2, '0')}`, '');
