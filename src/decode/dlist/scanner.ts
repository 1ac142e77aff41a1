/** Finds the end of one dlist line, and the values in it, while it arrives: each byte is looked at once, those of literals not at all. */

import { BACKSLASH, BRACE, CLOSE, CR, DELETE, endsAtom, LF, OPEN, PERCENT, QUOTE, SPACE, shown, TAB } from './bytes.ts';
import { Levels } from './levels.ts';
import { type DlistLimits, type DlistProblem, type DlistSink, defaultDlistLimits } from './line.ts';
import { LiteralHeader } from './literal-header.ts';

type State =
  | 'item'
  | 'atom'
  | 'quoted'
  | 'escaped'
  | 'header'
  | 'literal'
  | 'percent'
  | 'after'
  | 'line-lf'
  | 'complete';

/**
 * Reads a line as Cyrus writes it (`imap/dlist.c`, `dlist_print` with keys) and as it reads it (`dlist_parse`): a command,
 * one value, the line end. Stricter than Cyrus where leniency would leave a sender waiting: a line end within a list is a
 * problem. Files (`%{`) are for its replication and are refused.
 */
export class DlistScanner {
  readonly #limits: DlistLimits;
  readonly #sink: DlistSink | undefined;
  readonly #levels = new Levels();
  #state: State = 'item';
  #position = 0;
  #values = 0;
  #steps = 0;
  /** Where the value began that is being read. */
  #start = 0;
  #header = new LiteralHeader();
  #problem: DlistProblem | undefined;

  constructor(limits: DlistLimits = defaultDlistLimits, sink?: DlistSink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  /** Bytes of the line so far. */
  get position(): number {
    return this.#position;
  }

  get complete(): boolean {
    return this.#state === 'complete';
  }

  get problem(): DlistProblem | undefined {
    return this.#problem;
  }

  /** How long the line is at least, as far as it has said so. */
  get announced(): number {
    return this.#state === 'literal' ? this.#start + this.#header.length : this.#position;
  }

  /** Whether the sender may be waiting for a continuation: it has announced a synchronising literal and sent nothing of it. */
  get awaitsContinuation(): boolean {
    return this.#state === 'literal' && this.#header.synchronising && this.#position === this.#start;
  }

  /** How many steps it has made: one for each byte outside literals, and one for each piece of a literal. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Reads on in `bytes` from `from`, with `maxSteps` steps at most; answers where it has stopped: after the line end, at
   * the problem, at the end, or where it has made so many.
   */
  feed(bytes: Uint8Array, from = 0, maxSteps = Number.POSITIVE_INFINITY): number {
    const last = this.#steps + maxSteps;
    let at = from;
    while (at < bytes.length && !this.complete && this.#problem === undefined && this.#steps < last) {
      this.#steps += 1;
      at += this.#state === 'literal' ? this.#skipLiteral(bytes.length - at) : this.#read(bytes[at] ?? 0);
    }
    return at;
  }

  /** One byte of what surrounds the literals; answers 0 when it is a problem. */
  #read(byte: number): 0 | 1 {
    if (this.#position < this.#limits.maxBytes) this.#step(byte);
    else this.#tooLarge();
    if (this.#problem !== undefined) return 0;
    this.#position += 1;
    // An empty literal is over before its first byte.
    if (this.#announcesNothing) this.#endLiteral();
    return 1;
  }

  get #announcesNothing(): boolean {
    return this.#state === 'literal' && this.#header.length === 0;
  }

  #skipLiteral(available: number): number {
    const count = Math.min(available, this.#start + this.#header.length - this.#position);
    this.#position += count;
    if (this.#position === this.#start + this.#header.length) this.#endLiteral();
    return count;
  }

  #endLiteral(): void {
    this.#found('literal', this.#start, this.#position);
    this.#state = 'after';
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'item':
        this.#item(byte);
        break;
      case 'atom':
        if (endsAtom(byte)) {
          this.#found('atom', this.#start, this.#position);
          this.#after(byte);
        } else if (byte < SPACE || byte === DELETE || byte === QUOTE || byte === OPEN) {
          this.#wrong(`${shown(byte)} in an atom; expected a space or the end of the list after it`);
        }
        break;
      case 'quoted':
        if (byte === QUOTE) {
          this.#found('quoted', this.#start, this.#position);
          this.#state = 'after';
        } else if (byte === BACKSLASH) this.#state = 'escaped';
        else this.#inQuotes(byte);
        break;
      case 'escaped':
        this.#state = 'quoted';
        this.#inQuotes(byte);
        break;
      case 'header':
        this.#literalHeader(byte);
        break;
      case 'percent':
        if (byte === OPEN) this.#open('kvlist');
        else if (byte === BRACE) this.#wrong('%{ begins a file, and a notification cannot contain a file; expected %(');
        else this.#wrong(`${shown(byte)} after %; expected %(`);
        break;
      case 'after':
        this.#after(byte);
        break;
      case 'line-lf':
        if (byte === LF) this.#state = 'complete';
        else this.#wrong(`${shown(byte)} after CR at the end of the line; expected LF`);
        break;
    }
  }

  #item(byte: number): void {
    const { expected, expectsKey, isEmptyLine } = this.#levels;
    if (byte === SPACE || byte === TAB) {
      if (isEmptyLine) this.#wrong('a space before the command; expected NOTIFY');
      return;
    }
    this.#start = this.#position;
    if (byte === CLOSE) this.#close();
    else if (byte === CR || byte === LF) this.#wrong(`the line ends where ${expected} was expected`);
    else if (byte === QUOTE) {
      this.#start += 1;
      this.#state = 'quoted';
    } else if (byte === BRACE) {
      this.#header = new LiteralHeader();
      this.#state = 'header';
    } else if (expectsKey && (byte === OPEN || byte === PERCENT)) this.#wrong(`a list where ${expected} was expected`);
    else if (byte === OPEN) this.#open('list');
    else if (byte === PERCENT) this.#state = 'percent';
    else if (byte < SPACE || byte === DELETE) this.#wrong(`${shown(byte)} where ${expected} was expected`);
    else this.#state = 'atom';
  }

  #inQuotes(byte: number): void {
    if (byte === CR || byte === LF) this.#wrong('the line ends within quotes; expected " before it');
    else if (byte === 0) this.#wrong('NUL within quotes; expected a literal around it');
  }

  #literalHeader(byte: number): void {
    const wrong = this.#header.take(byte);
    if (wrong !== undefined) this.#wrong(wrong);
    if (!this.#header.complete) return;
    this.#start = this.#position + 1;
    if (this.#start + this.#header.length > this.#limits.maxBytes) this.#tooLarge(this.#header.length);
    else this.#state = 'literal';
  }

  #after(byte: number): void {
    const { expected, isLine, isLineOver: isOver } = this.#levels;
    if (byte === SPACE || byte === TAB) this.#state = isOver ? 'after' : 'item';
    else if (byte === CLOSE && !isLine) this.#close();
    else if (isOver && byte === CR) this.#state = 'line-lf';
    else if (isOver && byte === LF) this.#state = 'complete';
    else if (byte === CR || byte === LF) this.#wrong(`the line ends where ${expected} was expected`);
    else this.#wrong(`${shown(byte)} right after a value; expected a space${isOver ? ' or the line end' : ''}`);
  }

  #open(kind: 'list' | 'kvlist'): void {
    if (this.#levels.depth >= this.#limits.maxDepth) {
      this.#wrong(`more than ${this.#limits.maxDepth} lists within each other`);
      return;
    }
    if (!this.#counted()) return;
    this.#levels.open(kind);
    this.#sink?.open(kind);
    this.#state = 'item';
  }

  #close(): void {
    const wrong = this.#levels.close();
    if (wrong !== undefined) {
      this.#wrong(wrong);
      return;
    }
    this.#sink?.close();
    this.#state = 'after';
  }

  #found(form: 'atom' | 'quoted' | 'literal', start: number, end: number): void {
    const isKey = this.#levels.expectsKey;
    if (this.#counted()) this.#sink?.value(form, start, end, isKey);
  }

  #counted(): boolean {
    this.#values += 1;
    if (this.#values > this.#limits.maxValues) {
      this.#wrong(`more than ${this.#limits.maxValues} values`);
      return false;
    }
    this.#levels.count();
    return true;
  }

  #tooLarge(literal?: number): void {
    const what =
      literal === undefined ? 'the request is longer' : `with a literal of ${literal} bytes the request is longer`;
    this.#fail({ message: `${what} than ${this.#limits.maxBytes} bytes`, byte: this.#position, tooLarge: true });
  }

  #wrong(message: string): void {
    this.#fail({ message, byte: this.#position });
  }

  #fail(problem: DlistProblem): void {
    // The first one says what is wrong; what follows from it does not.
    this.#problem ??= problem;
  }
}
