/** `POST /v1/events`: RFC 5423 events from programs, as JSON, as lines of JSON, or as CloudEvents. */
import { isUtf8 } from 'node:buffer';
import type { RequestFormat } from '../../base/request.ts';
import { decodeCloudEvent } from '../../decode/cloud-event.ts';
import { type Problem as DecodeProblem, quoted } from '../../decode/decoded.ts';
import { decodeEvent } from '../../decode/event.ts';
import { arraySlices, beginsArray, lineSlices, type Slice, skipSpace } from '../../decode/json-slices.ts';
import { type Problem, type ProblemPlace, problem } from '../../http-server/problem.ts';
import { binaryHeadProblem, isBinaryCloudEvent, structured } from './binary-cloud-event.ts';
import type { Reading, RequestHead, Route } from './route.ts';
import { withTrace } from './trace-header.ts';

/** Events in one request: what they cost is more than their bytes. */
const maxEvents = 10_000;
const replacement = '\ufffd';

type Format = Extract<RequestFormat, 'event' | 'cloudevent'>;
type Layout = 'one' | 'array' | 'either' | 'lines';

const mediaTypes: Readonly<Record<string, readonly [Format, Layout]>> = {
  'application/json': ['event', 'either'],
  'application/x-ndjson': ['event', 'lines'],
  'application/ndjson': ['event', 'lines'],
  'application/jsonl': ['event', 'lines'],
  'application/cloudevents+json': ['cloudevent', 'one'],
  'application/cloudevents-batch+json': ['cloudevent', 'array'],
};

/**
 * What is looked at before the answer is what the sender alone can mend: that it is JSON, and that each is an event (RFC
 * 5423: an object whose `event` names its type) or a CloudEvent with one. The rest of it, that the parameters are those of
 * its type, is the schemas' business, which are the administrator's to change: an event that breaks them is taken, and
 * becomes a dead letter of `unusable` with the reason; it can be replayed when they are mended. All events of a
 * request are taken, or none.
 */
export const events: Route = {
  methods: ['POST'],
  paths: ['/v1/events'],
  tellsIds: true,
  refuse(head) {
    if (isBinaryCloudEvent(head)) return binaryHeadProblem(head);
    if (Object.hasOwn(mediaTypes, head.mediaType)) return undefined;
    const found = head.mediaType === '' ? 'the header is missing' : `${quoted(head.mediaType)} is not supported`;
    const detail = `${found}; send Content-Type: ${Object.keys(mediaTypes).join(', ')}, or a CloudEvent in headers`;
    return problem(415, detail, { field: 'content-type' });
  },
  read(body, head) {
    const [format, layout] = mediaTypes[head.mediaType] ?? ['event', 'either'];
    const reading = isBinaryCloudEvent(head) ? readBinary(body, head) : readBody(body, format, layout);
    return 'problem' in reading ? reading : { requests: withTrace(reading.requests, head) };
  },
};

function readBinary(body: Uint8Array, head: RequestHead): Reading {
  const bytes = structured(body, head);
  if (!(bytes instanceof Uint8Array)) return { problem: bytes };
  const wrong = wrongIn('cloudevent', bytes, {});
  return wrong === undefined ? { requests: [{ format: 'cloudevent', bytes }] } : { problem: wrong };
}

function readBody(body: Uint8Array, format: Format, layout: Layout): Reading {
  if (!isUtf8(body)) {
    const byte = firstWrongByte(body);
    return { problem: problem(400, `byte ${byte} of the body is not UTF-8; send JSON in UTF-8`, { byte }) };
  }
  const slices = slicesOf(body, layout);
  if ('status' in slices) return { problem: slices };
  if (slices.length > maxEvents) {
    return { problem: problem(413, `there are more than ${maxEvents} events; send them in several requests`) };
  }
  const requests = [];
  for (const [index, { start, end, line }] of slices.entries()) {
    const part = body.subarray(start, end);
    const several = slices.length > 1 || layout !== 'one';
    const place = { ...(several ? { event: index + 1 } : {}), ...(line === undefined ? {} : { line }) };
    const wrong = wrongIn(format, part, place, start);
    if (wrong !== undefined) return { problem: wrong };
    // One of many that is kept for long must not keep all of the body in memory.
    requests.push({ format, bytes: slices.length > 1 ? Buffer.from(part) : part });
  }
  return { requests };
}

function slicesOf(body: Uint8Array, layout: Layout): readonly Slice[] | Problem {
  if (layout === 'lines') return lineSlices(body, maxEvents);
  if (skipSpace(body) === body.length) return problem(400, 'the body is empty; send events in it', { byte: 0 });
  const isArray = beginsArray(body);
  if (layout === 'one' || (layout === 'either' && !isArray)) return [{ start: 0, end: body.length }];
  if (!isArray)
    return problem(422, 'this is not an array; send one CloudEvent as application/cloudevents+json', { byte: 0 });
  const slices = arraySlices(body, maxEvents);
  if (!('wrong' in slices)) return slices;
  const { byte, wrong } = slices;
  return problem(400, `at byte ${byte} ${wrong}; expected one JSON value`, { byte });
}

/** What keeps an event from being one. It stands at `start` of the body, in a binary CloudEvent at no place of it. */
function wrongIn(format: Format, part: Uint8Array, place: ProblemPlace, start?: number): Problem | undefined {
  const text = Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('utf8');
  if (format === 'event') {
    const event = decodeEvent(text);
    return event.ok ? undefined : withPlace(event.problem, place, start, hintFor(text));
  }
  const request = decodeCloudEvent(part);
  if (!request.ok) return withPlace(request.problem, place, start);
  const event = decodeEvent(request.value.message);
  return event.ok ? undefined : withPlace({ stage: event.problem.stage, message: event.problem.message }, place, start);
}

/** A CloudEvent with the media type of plain JSON is the likeliest mistake. */
function hintFor(text: string): string {
  return text.includes('"specversion"') ? '; if this is a CloudEvent, send it as application/cloudevents+json' : '';
}

function withPlace(
  { stage, message, byte }: DecodeProblem,
  place: Pick<ProblemPlace, 'event' | 'line'>,
  start: number | undefined,
  hint = '',
): Problem {
  const whole = byte === undefined || start === undefined ? place : { ...place, byte: start + byte };
  const where = Object.entries(whole).map(([name, number]) => `${name} ${number}`);
  const detail = `${where.join(', ')}${where.length === 0 ? '' : ': '}${message}${hint}`;
  return problem(stage === 'json' ? 400 : 422, detail, whole);
}

/** Where bytes begin that are not UTF-8: where reading them puts in a replacement character that they do not hold. */
function firstWrongByte(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let at = 0;
  let read = 0;
  for (let found = text.indexOf(replacement); found >= 0; found = text.indexOf(replacement, read)) {
    at += Buffer.byteLength(text.slice(read, found));
    if (bytes[at] !== 0xef || bytes[at + 1] !== 0xbf || bytes[at + 2] !== 0xbd) return at;
    at += 3;
    read = found + 1;
  }
  return bytes.length;
}
