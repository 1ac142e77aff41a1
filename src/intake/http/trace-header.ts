/** Puts the trace of an HTTP request (header traceparent) into the events that came in it, where the spool keeps it. */
import { isJsonObject } from '../../base/event.ts';
import type { RawRequest } from '../../base/request.ts';
import { readTrace, traceNames, writtenTrace } from '../../base/trace-context.ts';
import { readCloudEventJson } from '../../decode/cloud-event.ts';
import type { RequestHead } from './route.ts';

/** What all events of one request may get longer together. */
const mostAddedBytes = 1024 * 1024;

/** The events, each a JSON object; one that names a trace itself keeps it. A header that is not valid is ignored. */
export function withTrace(requests: readonly RawRequest[], { headers }: RequestHead): readonly RawRequest[] {
  const trace = readTrace(headers.get(traceNames.parent), headers.get(traceNames.state));
  if (trace === undefined) return requests;
  const whole = membersOf(writtenTrace(trace));
  const { state: _, ...short } = trace;
  const members = whole.length * requests.length > mostAddedBytes ? membersOf(writtenTrace(short)) : whole;
  return requests.map((request) => {
    const { bytes } = request;
    const read = readCloudEventJson(bytes);
    const end = bytes.lastIndexOf(0x7d);
    if (!read.ok || !isJsonObject(read.value) || end < 0) return request;
    if (Object.values(traceNames).some((name) => Object.hasOwn(read.value as object, name))) return request;
    return { ...request, bytes: Buffer.concat([bytes.subarray(0, end), members, bytes.subarray(end)]) };
  });
}

function membersOf(written: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(`,${JSON.stringify(written).slice(1, -1)}`);
}
