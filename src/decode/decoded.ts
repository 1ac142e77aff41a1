/** What every decoder answers: the value, or the one problem that keeps it from being read. Decoders never throw. */
import { escapedJson } from '../base/printable.ts';

/** Where decoding stopped. */
export type Stage = 'truncated' | 'frame' | 'json' | 'event' | 'uri';

export interface Problem {
  readonly stage: Stage;
  /** Names the field or the place, and says what was expected there. One line; holds no more than a short quotation. */
  readonly message: string;
  /** Offset from 0 in what was to be decoded: the datagram, or the text's UTF-8 form. */
  readonly byte?: number;
}

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value };
}

export function undecodable(stage: Stage, message: string, byte?: number): Decoded<never> {
  return { ok: false, problem: byte === undefined ? { stage, message } : { stage, message, byte } };
}

/** The offset in UTF-8 of the character at `index`, for messages about a text. */
export function byteOffset(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index));
}

const quotedLength = 40;

/** A piece of untrusted text as it may stand in a message: short, on one line, without control characters. */
export function quoted(text: string): string {
  const piece = text.length > quotedLength ? `${text.slice(0, quotedLength)}…` : text;
  return escapedJson(JSON.stringify(piece));
}
