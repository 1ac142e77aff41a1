/** A request as it came, laid out so that it can be read. */

/** The fields of a datagram or a stream each on a line, and JSON with an indentation; everything else as it is. */
export function requestLines(text: string): string {
  const fields = text.split('\0').filter((field) => field !== '');
  return fields.map(prettied).join('\n');
}

function prettied(text: string): string {
  if (!text.startsWith('{') && !text.startsWith('[')) return text;
  // Only if nothing is lost: a name that is there twice, a number of more digits than JavaScript has.
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text.trim() ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}
