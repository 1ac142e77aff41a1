/** Writes the frame of a request, so that belfry can send what a mail server would send. */
import { BelfryError } from '../base/error.ts';
import type { Request } from '../base/request.ts';
import { quoted } from './decoded.ts';
import { maxOptions } from './frame.ts';

/**
 * The inverse of `decodeFrame`: the bytes that Cyrus would send for this request, every field in UTF-8 with a NUL after
 * it, a message that is not UTF-8 as it was (`imap/notify.c`, `notify`). An empty `fname` is left out. Throws BelfryError USAGE for what no frame can say: a NUL
 * in a field, more than `maxOptions` options, a method that begins with `{` (the mark of a bare event).
 */
export function encodeFrame(request: Request): Uint8Array {
  if (request.method.startsWith('{')) {
    throw new BelfryError('USAGE', `method ${quoted(request.method)} begins with {, which marks a bare event`);
  }
  if (request.options.length > maxOptions) {
    throw new BelfryError(
      'USAGE',
      `${request.options.length} options are too many; a request takes ${maxOptions} at most`,
    );
  }
  const fields: (readonly [name: string, value: string])[] = [
    ['method', request.method],
    ['class', request.class],
    ['priority', request.priority],
    ['user', request.user],
    ['mailbox', request.mailbox],
    ['nopt', String(request.options.length)],
    ...request.options.map((option, index) => [`option ${index + 1}`, option] as const),
    ['message', request.message],
  ];
  if (request.fname !== undefined && request.fname !== '') fields.push(['fname', request.fname]);

  for (const [name, value] of fields) {
    const at = value.indexOf('\0');
    if (at >= 0) {
      throw new BelfryError('USAGE', `field ${name} contains a NUL at character ${at + 1}; NUL ends a field`);
    }
  }
  const charset = (name: string): BufferEncoding => (name === 'message' ? (request.messageCharset ?? 'utf8') : 'utf8');
  return Buffer.concat(fields.map(([name, value]) => Buffer.from(`${value}\0`, charset(name))));
}
