/** Reads a configuration file as text, bounded, whatever the path leads to. */
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;

/** No configuration is longer. In bytes. */
const maxBytes = 1024 * 1024;

/**
 * The text of a file: UTF-8, or ISO 8859-1 where it is not valid as that (old files have such comments). Throws what
 * the operating system throws, and an Error when the file is longer than a configuration can be.
 */
export function readText(path: string): string {
  // Opening a named pipe would not come back before somebody writes to it. One that was given to us, as `-C <(…)` of a
  // shell is, has its writer.
  const isGiven = /^\/(?:dev\/(?:stdin$|fd\/)|proc\/)/.test(path);
  const descriptor = openSync(path, isGiven ? O_RDONLY : O_RDONLY | O_NONBLOCK | O_NOCTTY);
  try {
    if (!isGiven && fstatSync(descriptor).isFIFO()) throw new Error('it is a named pipe, not a regular file');
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    // Not readFileSync: a device says nothing of its length and may never end.
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0) break;
      if (length > maxBytes) throw new Error(`it is longer than ${maxBytes / 1024 / 1024} MiB`);
    }
    const bytes = buffer.subarray(0, length);
    return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  } finally {
    closeSync(descriptor);
  }
}
