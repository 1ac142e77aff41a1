/** Reads the names of mailboxes in modified UTF-7, in which IMAP4rev1 and the disks of servers have them. */

const printableAscii = /^[ -~]*$/;
/** `&-`, or `&` and base64 with `,` in place of `/`, and `-`. */
const shift = /&([A-Za-z0-9+,]*)-/g;

/**
 * The name in Unicode; undefined when it is none that is written so (RFC 3501 §5.1.3), and stands for itself: a name
 * without `&`, with an `&` that begins nothing (`R&D`), or with letters beyond ASCII.
 */
export function fromModifiedUtf7(name: string): string | undefined {
  if (!name.includes('&') || !printableAscii.test(name)) return undefined;
  let result = '';
  let at = 0;
  for (const match of name.matchAll(shift)) {
    const [whole, encoded = ''] = match;
    const characters = encoded === '' ? '&' : decodeShifted(encoded);
    const before = name.slice(at, match.index);
    if (characters === undefined || before.includes('&')) return undefined;
    result += before + characters;
    at = match.index + whole.length;
  }
  const rest = name.slice(at);
  return rest.includes('&') ? undefined : result + rest;
}

/** UTF-16 in base64 without padding; undefined when it is not, or holds what must be written as itself. */
function decodeShifted(encoded: string): string | undefined {
  const bytes = Buffer.from(encoded.replaceAll(',', '/'), 'base64');
  if (bytes.length === 0 || bytes.length % 2 !== 0) return undefined;
  // Buffer passes over what is too much: only the shortest way to write the same is right.
  if (bytes.toString('base64url') !== encoded.replaceAll('+', '-').replaceAll(',', '_')) return undefined;
  const text = Buffer.from(bytes).swap16().toString('utf16le');
  return /[ -~]|\p{Surrogate}|\p{Cc}/u.test(text) ? undefined : text;
}
