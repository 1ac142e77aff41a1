/** One connection of a client that speaks dlist: its requests one after the other, each with an answer, and limits on all it may do. */
import type { Socket } from 'node:net';
import { quoted } from '../../decode/decoded.ts';
import { continuation, type DlistAnswer, encodeAnswer } from '../../decode/dlist/encode.ts';
import { defaultDlistLimits } from '../../decode/dlist/line.ts';
import { isNotify } from '../../decode/dlist/notify.ts';
import { DlistScanner } from '../../decode/dlist/scanner.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { LineBuffer } from './line-buffer.ts';
import { type ScanTurns, stepsPerTake } from './scan-turns.ts';

/** All in milliseconds. */
export interface ConnectionTimes {
  /** From the first byte of a request to its last, waiting for memory included. */
  readonly requestMs: number;
  /** Without a request; also for answers to be read. */
  readonly idleMs: number;
  /** For the client to hang up once it has its last answer. */
  readonly lingerMs: number;
  /** Of silence after the announcement of a synchronising literal, after which its sender seems to wait. */
  readonly continuationMs: number;
}

export interface ConnectionRules {
  /** Shared by all connections. */
  readonly turns: ScanTurns;
  readonly budget: ByteBudget;
  /** Asked at the beginning of each request. */
  readonly limits: () => { readonly maxBytes: number; readonly times: ConnectionTimes };
  /** Resolves when the request is kept, or is not going to be. */
  readonly keep: (line: Buffer) => Promise<DlistAnswer>;
  /** Something has come. */
  readonly onActivity: () => void;
  /** Told of every answer that is not OK. */
  readonly onRefusal: (word: 'NO' | 'BAD', reason: string) => void;
}

/** A request that is arriving. */
interface Arriving {
  readonly scanner: DlistScanner;
  readonly buffer: LineBuffer;
  command: { readonly start: number; readonly end: number } | undefined;
  /** Of its first list. */
  list: 'list' | 'kvlist' | undefined;
}

export class DlistConnection {
  readonly #socket: Socket;
  readonly #rules: ConnectionRules;
  #arriving: Arriving | undefined;
  #answered = 0;
  #answering = false;
  #ending = false;
  /** After the answer that is being waited for. */
  #lastAnswer = false;
  #timer: NodeJS.Timeout | undefined;
  #continuation: NodeJS.Timeout | undefined;
  /** Resolves when the connection is over. */
  readonly over: Promise<void>;

  /** `refusal`: nothing is taken from it, and this is why. */
  constructor(socket: Socket, rules: ConnectionRules, refusal?: string) {
    this.#socket = socket;
    this.#rules = rules;
    // What goes wrong with a connection concerns its client; the loop below ends of it.
    socket.on('error', () => {});
    socket.once('close', () => this.#arriving?.buffer.release());
    if (refusal === undefined) this.#waitForRequest();
    else this.#refuse({ word: 'NO', reason: refusal });
    this.over = this.#serve();
  }

  /** Whether its last request has been answered and nothing has come since: nobody misses it. */
  get idle(): boolean {
    return this.#answered > 0 && !this.#answering && this.#arriving === undefined && !this.#ending;
  }

  /** Ends it: what is complete is answered first, all else is refused for this reason. */
  finish(reason: string): void {
    if (this.#ending) return;
    if (this.#answering) this.#lastAnswer = true;
    else if (this.idle) this.#end();
    else this.#refuse({ word: 'NO', reason });
  }

  /** Closes one that is idle, when its last answer has gone: nothing is waited for that its client may do. */
  makeWay(): void {
    this.#end();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #serve(): Promise<void> {
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
        this.#rules.onActivity();
        clearTimeout(this.#continuation);
        // What is no longer wanted is read all the same: a client that is still writing would never come to our answer.
        for (let at = 0; at < chunk.length && !this.#ending; ) at = await this.#take(chunk, at);
      }
    } catch {
      // The client has gone.
    }
    clearTimeout(this.#continuation);
    this.#arriving?.buffer.release();
    await this.#close();
    clearTimeout(this.#timer);
  }

  /** The client sends no more. It still gets the answers it has not read, if it reads them soon. */
  #close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once('close', () => resolve());
      this.#arm(this.#rules.limits().times.lingerMs, () => this.#socket.destroy());
      this.#socket.end();
      this.#socket.destroySoon();
    });
  }

  /** Takes what belongs to one request; answers where that ends. */
  async #take(chunk: Buffer, from: number): Promise<number> {
    const arriving = this.#arriving ?? this.#begin();
    this.#arriving = arriving;
    const { scanner, buffer } = arriving;
    const { turns } = this.#rules;
    await turns.enter();
    // Meanwhile the time may be up.
    if (this.#ending) {
      turns.leave(0);
      return from;
    }
    const before = scanner.steps;
    const end = scanner.feed(chunk, from, stepsPerTake);
    turns.leave(scanner.steps - before);
    if (scanner.problem !== undefined) {
      const { message, byte, tooLarge } = scanner.problem;
      this.#refuse(
        tooLarge ? { word: 'NO', reason: message, tooLarge } : { word: 'BAD', reason: `byte ${byte}: ${message}` },
      );
      return end;
    }
    // Meanwhile the time may be up, or the client gone.
    if (!(await buffer.reserve(end - from, scanner.announced)) || this.#ending) return end;
    buffer.append(chunk.subarray(from, end));
    if (scanner.complete) await this.#complete(arriving);
    else if (scanner.awaitsContinuation) this.#offerContinuation(scanner);
    return end;
  }

  #begin(): Arriving {
    const { maxBytes, times } = this.#rules.limits();
    const buffer = new LineBuffer(this.#rules.budget, maxBytes);
    const arriving: Arriving = {
      buffer,
      command: undefined,
      list: undefined,
      scanner: new DlistScanner(
        { ...defaultDlistLimits, maxBytes },
        {
          value(_, start, end) {
            arriving.command ??= { start, end };
          },
          open(kind) {
            arriving.list ??= kind;
          },
          close() {},
        },
      ),
    };
    this.#arm(times.requestMs, () => {
      this.#refuse({ word: 'NO', reason: `the request was not complete within ${times.requestMs / 1000} seconds` });
    });
    return arriving;
  }

  async #complete({ buffer, command, list }: Arriving): Promise<void> {
    this.#answering = true;
    clearTimeout(this.#timer);
    const line = buffer.bytes();
    const word = line.toString('latin1', command?.start ?? 0, command?.end ?? 0);
    const answer = await this.#judge(word, list, line);
    buffer.release();
    this.#arriving = undefined;
    this.#answering = false;
    this.#answered += 1;
    if (answer.word !== 'OK') this.#rules.onRefusal(answer.word, answer.reason);
    if (this.#lastAnswer) return this.#end(encodeAnswer(answer));
    this.#waitForRequest();
    if (!this.#socket.write(encodeAnswer(answer))) await this.#read();
  }

  async #judge(command: string, list: Arriving['list'], line: Buffer): Promise<DlistAnswer> {
    if (!isNotify(command)) return { word: 'NO', reason: `unknown command ${quoted(command)}; expected NOTIFY` };
    if (list !== 'kvlist') return { word: 'BAD', reason: 'no list of keys and values after NOTIFY; expected %(' };
    return this.#rules.keep(line);
  }

  /** Waits for the client to read its answers; the timer that is running bounds it. */
  #read(): Promise<void> {
    return new Promise((resolve) => {
      // It may have broken while its request was being kept: then nothing more comes.
      if (this.#socket.destroyed) return resolve();
      const done = (): void => {
        this.#socket.off('drain', done).off('close', done);
        resolve();
      };
      this.#socket.on('drain', done).on('close', done);
    });
  }

  /** A client that announces `{n}` may wait for a word (RFC 3501 §4.3); one that has gone on by itself must not get one. */
  #offerContinuation(scanner: DlistScanner): void {
    const { continuationMs } = this.#rules.limits().times;
    this.#continuation = setTimeout(() => {
      if (scanner.awaitsContinuation && !this.#ending) this.#socket.write(continuation);
    }, continuationMs);
  }

  #waitForRequest(): void {
    this.#arm(this.#rules.limits().times.idleMs, () => this.#end());
  }

  #refuse(answer: DlistAnswer & { readonly word: 'NO' | 'BAD' }): void {
    this.#rules.onRefusal(answer.word, answer.reason);
    this.#end(encodeAnswer(answer));
  }

  /** Says the last word, and reads on until the client hangs up, as long as that may take. */
  #end(answer?: Buffer): void {
    this.#ending = true;
    this.#arriving?.buffer.release();
    if (answer === undefined) this.#socket.end();
    else this.#socket.end(answer);
    this.#arm(this.#rules.limits().times.lingerMs, () => this.#socket.destroy());
  }

  #arm(ms: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, ms);
  }
}
