/** Reads a configuration file as text, bounded, whatever the path leads to. */
import { closeSync, openSync, readSync } from 'node:fs';

/** No configuration is longer. In bytes. */
const maxBytes = 1024 * 1024;

/**
 * The text of a file: UTF-8, or ISO 8859-1 where it is not valid as that (old files have such comments). Throws what
 * the operating system throws, and an Error when the file is longer than a configuration can be.
 */
export function readText(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    // Not readFileSync: a device or a pipe says nothing of its length and may never end.
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0) break;
      if (length > maxBytes) throw new Error(`it is longer than ${maxBytes / 1024 / 1024} MiB`);
    }
    return decode(buffer.subarray(0, length));
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
