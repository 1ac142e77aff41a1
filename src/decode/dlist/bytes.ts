/** The bytes that mean something in a dlist line. */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const PERCENT = 0x25;
export const OPEN = 0x28;
export const CLOSE = 0x29;
export const PLUS = 0x2b;
export const ZERO = 0x30;
export const NINE = 0x39;
export const BACKSLASH = 0x5c;
export const BRACE = 0x7b;
export const END_BRACE = 0x7d;
export const DELETE = 0x7f;

/** An atom may hold all else that can be seen (Cyrus `imap/imapparse.c`, `getxstring`). */
export function endsAtom(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CLOSE || byte === CR || byte === LF;
}

/** As it may stand in a message. */
export function shown(byte: number): string {
  if (byte === CR || byte === LF) return 'a line end';
  return byte > SPACE && byte < DELETE ? String.fromCharCode(byte) : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
