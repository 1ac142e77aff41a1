/** Reads files of cases, and the requests that the cases give. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BelfryError, ifPossible } from '../../base/error.ts';
import { writeJson } from '../../base/event.ts';
import type { RawRequest } from '../../base/request.ts';
import { capturedIn, eventsIn, holdsEvents } from '../../decode/captured.ts';
import { encodeFrame } from '../../decode/encode-frame.ts';
import { readStrictJson } from '../../decode/strict-json.ts';
import { readInput } from '../io.ts';
import { type Case, readCases } from './case-format.ts';

export interface PlacedCase {
  readonly file: string;
  readonly one: Case;
}

const limits = { maxLength: 64 * 1024 * 1024, maxDepth: 100 };

/** Those of a file, or of each `*.json` of a directory. Throws BelfryError NO_INPUT, or BAD_INPUT with every mistake. */
export function casesIn(path: string): readonly PlacedCase[] {
  if (!ifPossible(() => statSync(path))?.isDirectory()) return casesOf(path);
  const files = readdirSync(path).filter((name) => name.endsWith('.json'));
  if (files.length === 0) throw new BelfryError('NO_INPUT', `${path}: the directory has no file *.json with cases`);
  return files.sort().flatMap((name) => casesOf(join(path, name)));
}

function casesOf(file: string): readonly PlacedCase[] {
  const text = readInput(file).toString('utf8');
  const read = readStrictJson(text, limits);
  if (!read.ok) {
    const before = Buffer.from(text)
      .toString('utf8', 0, read.problem.byte ?? 0)
      .split('\n');
    const place = `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw new BelfryError('BAD_INPUT', `${place}: not JSON: ${read.problem.message}`);
  }
  const cases = readCases(read.value);
  if ('wrong' in cases) throw new BelfryError('BAD_INPUT', cases.wrong.map((what) => `${file}: ${what}`).join('\n'));
  return cases.cases.map((one) => ({ file, one }));
}

const formats = { notifysocket: 'datagram', http: 'event', cloudevents: 'cloudevent' } as const;

/** The request that a case gives, as it would arrive. Throws BelfryError BAD_INPUT, NO_INPUT or USAGE. */
export async function requestOf({ file, one }: PlacedCase): Promise<RawRequest> {
  const { given, given_request: request, given_file: path, via = 'notifysocket', method } = one;
  if (request !== undefined) {
    const { message = '', options = [], method: asked = '', priority = '', user = '', mailbox = '' } = request;
    const written = typeof message === 'string' ? message : writeJson(message);
    const frame = { class: request.class, method: asked, priority, user, mailbox, options, message: written };
    return { format: 'datagram', bytes: encodeFrame(frame) };
  }
  const bytes = given === undefined ? contentOf(resolve(dirname(file), path ?? '')) : Buffer.from(writeJson(given));
  if (method !== undefined) {
    const frame = {
      method,
      class: 'EVENT',
      priority: '',
      user: '',
      mailbox: '',
      options: [],
      message: bytes.toString(),
    };
    return { format: 'datagram', bytes: encodeFrame(frame) };
  }
  if (via === 'dovecot') return oneNotification(bytes);
  if (via !== 'notifysocket' || given !== undefined) return { format: formats[via], bytes };
  return only(capturedIn(bytes));
}

/** Of a file with one event, that event. */
function contentOf(path: string): Buffer {
  const bytes = readInput(path);
  if (!holdsEvents(bytes)) return bytes;
  return Buffer.from(only(eventsIn(bytes, path)).text);
}

async function oneNotification(bytes: Buffer): Promise<RawRequest> {
  const { splitDovecot } = await import('../../decode/dovecot/split.ts');
  const split = splitDovecot(bytes);
  if (!split.ok) return { format: 'dovecot', bytes };
  return { format: 'dovecot', bytes: only(split.value.parts).bytes };
}

function only<T>(found: readonly T[]): T {
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return one;
  const how = one === undefined ? 'none' : `${found.length}`;
  throw new BelfryError('BAD_INPUT', `a case gives one event or request, but there is ${how}: make a case of each`);
}
