/** Finds the end of one dlist line, and the values in it, while it arrives: each byte is looked at once, those of literals not at all. */

import { BACKSLASH, BRACE, CLOSE, CR, DELETE, endsAtom, LF, OPEN, PERCENT, QUOTE, SPACE, shown, TAB } from './bytes.ts';
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

/** A kvlist has keys and values in turn, and so has the line itself: its command, and one value. */
interface Level {
  readonly kind: 'line' | 'list' | 'kvlist';
  count: number;
}

/**
 * Reads a line as Cyrus writes it (`imap/dlist.c`, `dlist_print` with keys) and as it reads it (`dlist_parse`): a command,
 * one value, the line end. Stricter than Cyrus where leniency would leave a sender waiting: a line end within a list is a
 * problem. Files (`%{`) are for its replication and are refused.
 */
export class DlistScanner {
  readonly #limits: DlistLimits;
  readonly #sink: DlistSink | undefined;
  readonly #levels: Level[] = [{ kind: 'line', count: 0 }];
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

  /** Whether the sender may be waiting to be told to go on: it has announced a synchronising literal and sent nothing of it. */
  get awaitsContinuation(): boolean {
    return this.#state === 'literal' && this.#header.synchronising && this.#position === this.#start;
  }

  /** How many steps it has made: one for each byte outside literals, and one for each piece of a literal. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Reads on in `bytes` from `from`, with `maxSteps` steps at most; answers where it has stopped: behind the line end, at
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
          this.#wrong(`${shown(byte)} in an atom; expected a space or the end of the list behind it`);
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
        else if (byte === BRACE) this.#wrong('%{ begins a file, which no notification holds; expected %(');
        else this.#wrong(`${shown(byte)} behind %; expected %(`);
        break;
      case 'after':
        this.#after(byte);
        break;
      case 'line-lf':
        if (byte === LF) this.#state = 'complete';
        else this.#wrong(`${shown(byte)} behind CR at the end of the line; expected LF`);
        break;
    }
  }

  #item(byte: number): void {
    const level = this.#level;
    const isKey = level.kind !== 'list' && level.count % 2 === 0;
    if (byte === SPACE || byte === TAB) {
      if (level.kind === 'line' && level.count === 0) this.#wrong('a space before the command; expected NOTIFY');
      return;
    }
    this.#start = this.#position;
    if (byte === CLOSE) this.#close();
    else if (byte === CR || byte === LF) this.#wrong(`the line ends where ${this.#expected} was expected`);
    else if (byte === QUOTE) {
      this.#start += 1;
      this.#state = 'quoted';
    } else if (byte === BRACE) {
      this.#header = new LiteralHeader();
      this.#state = 'header';
    } else if (isKey && (byte === OPEN || byte === PERCENT)) this.#wrong(`a list where ${this.#expected} was expected`);
    else if (byte === OPEN) this.#open('list');
    else if (byte === PERCENT) this.#state = 'percent';
    else if (byte < SPACE || byte === DELETE) this.#wrong(`${shown(byte)} where ${this.#expected} was expected`);
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
    const level = this.#level;
    const isOver = level.kind === 'line' && level.count === 2;
    if (byte === SPACE || byte === TAB) this.#state = isOver ? 'after' : 'item';
    else if (byte === CLOSE && level.kind !== 'line') this.#close();
    else if (isOver && byte === CR) this.#state = 'line-lf';
    else if (isOver && byte === LF) this.#state = 'complete';
    else if (byte === CR || byte === LF) this.#wrong(`the line ends where ${this.#expected} was expected`);
    else this.#wrong(`${shown(byte)} right behind a value; expected a space${isOver ? ' or the line end' : ''}`);
  }

  #open(kind: 'list' | 'kvlist'): void {
    if (this.#levels.length > this.#limits.maxDepth) {
      this.#wrong(`more than ${this.#limits.maxDepth} lists within each other`);
      return;
    }
    if (!this.#counted()) return;
    this.#levels.push({ kind, count: 0 });
    this.#sink?.open(kind);
    this.#state = 'item';
  }

  #close(): void {
    const level = this.#level;
    if (level.kind === 'line') {
      this.#wrong(`) where ${this.#expected} was expected`);
      return;
    }
    if (level.kind === 'kvlist' && level.count % 2 === 1) {
      this.#wrong('the list ends behind a key; expected its value');
      return;
    }
    this.#levels.pop();
    this.#sink?.close();
    this.#state = 'after';
  }

  #found(form: 'atom' | 'quoted' | 'literal', start: number, end: number): void {
    if (this.#counted()) this.#sink?.value(form, start, end);
  }

  #counted(): boolean {
    this.#values += 1;
    if (this.#values > this.#limits.maxValues) {
      this.#wrong(`more than ${this.#limits.maxValues} values`);
      return false;
    }
    this.#level.count += 1;
    return true;
  }

  get #level(): Level {
    const level = this.#levels.at(-1);
    if (level === undefined) throw new Error('the line itself is never closed');
    return level;
  }

  get #expected(): string {
    const { kind, count } = this.#level;
    if (kind === 'line') return count === 0 ? 'a command' : 'a value';
    if (kind === 'list') return 'a value or )';
    return count % 2 === 0 ? 'a key or )' : 'a value';
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
    // The first one tells what is wrong; what follows from it does not.
    this.#problem ??= problem;
  }
}
