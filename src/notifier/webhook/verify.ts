/** Finds out whether a request was signed with a key, and if not what is wrong with it: clock, id, key or body. */
import { isSignedBy, signaturesOf, signedContent } from './signature.ts';
import type { SigningKey } from './signing-keys.ts';

export interface SignedRequest {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** As it was received. */
  readonly body: Buffer;
}

export interface Verification {
  readonly keys: readonly SigningKey[];
  /** The time that the request is checked for, in milliseconds since the epoch. */
  readonly now: number;
  /** How far its timestamp may be away from that, in milliseconds. */
  readonly toleranceMs: number;
}

/** What is wrong: a part of the request or of the receiver, and a sentence with the remedy. */
export interface Wrong {
  readonly what: 'header' | 'id' | 'clock' | 'key' | 'body';
  readonly message: string;
}

/** Everything that is wrong; nothing where the request is genuine. */
export function wrongWith(
  { headers, body }: SignedRequest,
  { keys, now, toleranceMs }: Verification,
): readonly Wrong[] {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headers.get(name)?.trim(),
  );
  if (id === undefined || timestamp === undefined || signature === undefined) {
    const missing = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].filter((name) => !headers.has(name));
    return [
      {
        what: 'header',
        message: `the request has no ${missing.join(' and no ')}: is webhook_secret set, and does a proxy remove headers?`,
      },
    ];
  }
  const wrong: Wrong[] = [];
  if (id === '' || id.includes('.')) {
    wrong.push({
      what: 'id',
      message: `webhook-id is ${id === '' ? 'empty' : 'with a dot in it'}: belfry sends no such id`,
    });
  }
  wrong.push(...wrongClock(timestamp, now, toleranceMs));
  const schemes = new Set(signaturesOf(signature).map(({ scheme }) => scheme));
  const usable = keys.filter(({ scheme }) => schemes.has(scheme));
  if (usable.length === 0) {
    const own = [...new Set(keys.map(({ scheme }) => scheme))].join(' and ');
    const found = schemes.size === 0 ? 'none' : [...schemes].join(' and ');
    return [...wrong, { what: 'key', message: `the key is for signatures ${own}, and the request has ${found}` }];
  }
  const isSigned = (as: { id?: string; body?: Buffer }): boolean => {
    const content = signedContent(as.id ?? id, timestamp, as.body ?? body);
    return usable.some((key) => isSignedBy(key, content, signature));
  };
  if (isSigned({})) return wrong;
  const change = changesOf(body).find(([, original]) => isSigned({ body: original }));
  if (change !== undefined)
    return [...wrong, { what: 'body', message: `the key is right, but the body was changed: ${change[0]}` }];
  return [
    ...wrong,
    {
      what: 'key',
      message:
        'no signature is that of the key over this id, this timestamp and this body: compare the key with webhook_secret of the notifier, and take the body before anything parses or decodes it',
    },
  ];
}

function wrongClock(timestamp: string, now: number, toleranceMs: number): readonly Wrong[] {
  if (!/^[0-9]{1,11}$/.test(timestamp)) {
    return [{ what: 'clock', message: 'webhook-timestamp is not a number of seconds since 1970' }];
  }
  const ahead = Number(timestamp) * 1000 - now;
  if (Math.abs(ahead) <= toleranceMs) return [];
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const message = `webhook-timestamp is ${seconds} s ${ahead > 0 ? 'ahead' : 'ago'}, and ${toleranceMs / 1000} s are allowed: one of the clocks is wrong, or somebody has sent an old request again`;
  return [{ what: 'clock', message }];
}

/** What receivers do to a body by mistake, each with the body that it may have been before. */
function changesOf(body: Buffer): readonly (readonly [string, Buffer])[] {
  const text = body.toString('utf8');
  return [
    ['a line end was added at its end', Buffer.from(text.replace(/\r?\n$/, ''))],
    ['the line end at its end is missing', Buffer.from(`${text}\n`)],
    ['a byte order mark was added', Buffer.from(text.replace(/^\ufeff/, ''))],
    ['LF was replaced by CR LF', Buffer.from(text.replaceAll('\r\n', '\n'))],
    ['it was read as ISO 8859-1 and written as UTF-8', Buffer.from(text, 'latin1')],
    ...rewrittenJson(text),
  ];
}

function rewrittenJson(text: string): readonly (readonly [string, Buffer])[] {
  try {
    return [['its JSON was parsed and written again', Buffer.from(JSON.stringify(JSON.parse(text)))]];
  } catch {
    return [];
  }
}
