/** Reads what announces a literal in a dlist line: `{n}` or `{n+}`, and the line end after it. */
import { CR, END_BRACE, LF, NINE, PLUS, shown, ZERO } from './bytes.ts';

/** What a 32-bit length has at most (Cyrus `imap/imapparse.c`, `getuint32`). */
const maxDigits = 10;

export class LiteralHeader {
  length = 0;
  /** Whether its sender waits for a continuation. */
  synchronising = false;
  complete = false;
  #expected: 'digits' | 'brace' | 'cr' | 'lf' = 'digits';
  #digits = 0;

  /** Takes the next byte after `{`, until it is complete; answers what is wrong with it, if anything is. */
  take(byte: number): string | undefined {
    switch (this.#expected) {
      case 'digits':
        return this.#takeDigit(byte);
      case 'brace':
        if (byte !== END_BRACE) return `${shown(byte)} after {${this.length}+; expected }`;
        this.#expected = 'cr';
        return undefined;
      case 'cr':
        if (byte !== CR) return `${shown(byte)} after the length of a literal; expected CR LF`;
        this.#expected = 'lf';
        return undefined;
      case 'lf':
        if (byte !== LF) return `${shown(byte)} after the length of a literal and CR; expected LF`;
        this.complete = true;
        return undefined;
    }
  }

  #takeDigit(byte: number): string | undefined {
    if (byte >= ZERO && byte <= NINE) {
      this.#digits += 1;
      this.length = this.length * 10 + (byte - ZERO);
      return this.#digits > maxDigits ? `a literal whose length has more than ${maxDigits} digits` : undefined;
    }
    if (this.#digits === 0 || (byte !== PLUS && byte !== END_BRACE)) {
      return `${shown(byte)} in the length of a literal; expected digits, then + or }`;
    }
    this.synchronising = byte === END_BRACE;
    this.#expected = byte === PLUS ? 'brace' : 'cr';
    return undefined;
  }
}
