/** Makes the JSON form of a CloudEvent that came in the binary mode of HTTP, its attributes in headers (HTTP binding §3.1). */
import { ifPossible } from '../../base/error.ts';
import { isJsonType, readCloudEventJson } from '../../decode/cloud-event.ts';
import { quoted } from '../../decode/decoded.ts';
import { type Problem, problem } from '../../http-server/problem.ts';
import type { RequestHead } from './route.ts';

const prefix = 'ce-';

/** Whether a request is in the binary mode: any other says in its media type that it is a CloudEvent. */
export function isBinaryCloudEvent({ headers, mediaType }: RequestHead): boolean {
  return headers.has('ce-specversion') && !mediaType.startsWith('application/cloudevents');
}

/** What is wrong with the head alone. Data of an event can only be JSON; without any, no type need be given. */
export function binaryHeadProblem({ mediaType }: RequestHead): Problem | undefined {
  if (mediaType === '' || isJsonType(mediaType)) return undefined;
  const detail = `the data is ${quoted(mediaType)}; send the event as JSON with Content-Type: application/json`;
  return problem(415, detail, { field: 'content-type' });
}

/** The JSON form, with the data as it came. */
export function structured(body: Uint8Array, { headers, mediaType }: RequestHead): Uint8Array | Problem {
  const attributes: Record<string, string> = {};
  for (const [header, written] of headers) {
    if (!header.startsWith(prefix)) continue;
    const name = header.slice(prefix.length);
    // Attributes have such names (CloudEvents 1.0 §3), and `data` is none.
    if (!/^[a-z0-9]+$/.test(name) || name === 'data') {
      return problem(422, `the header ${header} is not that of an attribute; use letters and digits`, {
        field: header,
      });
    }
    const value = attributeValue(written);
    if (value === undefined) {
      const detail = `the header ${header} is not encoded correctly; write each character outside of ASCII, ", % and space as %XX for each byte of its UTF-8`;
      return problem(400, detail, { field: header });
    }
    attributes[name] = value;
  }
  if (mediaType !== '') attributes['datacontenttype'] = headers.get('content-type') ?? mediaType;
  const head = JSON.stringify(attributes);
  if (body.length === 0) return Buffer.from(head);
  // Between other members even what is no JSON could make some.
  const data = readCloudEventJson(body);
  if (!data.ok) {
    const { message, byte } = data.problem;
    return problem(400, `the data: ${message}`, byte === undefined ? {} : { byte });
  }
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"data":`), body, Buffer.from('}')]);
}

/**
 * The value of an attribute: quotes of older senders are taken off, then `%XX` is decoded once, which must give UTF-8
 * (HTTP binding §3.1.3.2). Undefined when it does not.
 */
function attributeValue(written: string): string | undefined {
  const [, inner] = /^"((?:[^"\\]|\\.)*)"$/.exec(written) ?? [];
  const plain = inner === undefined ? written : inner.replace(/\\(.)/g, '$1');
  return ifPossible(() => decodeURIComponent(plain));
}
