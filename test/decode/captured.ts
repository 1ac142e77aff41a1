/** The requests of a real Cyrus IMAP in test/fixtures/cyrus, for tests of everything that reads them. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../fixtures/cyrus/', import.meta.url);

export interface Captured {
  /** `016-MessageNew` */
  readonly name: string;
  /** Type of the event, or the class of a request that is none: `MessageNew`, `MAIL`. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

export const captured: readonly Captured[] = readdirSync(folder)
  .filter((file) => file.endsWith('.bin'))
  .sort()
  .map((file) => {
    const name = file.slice(0, -'.bin'.length);
    return { name, type: name.slice(name.indexOf('-') + 1), bytes: readFileSync(new URL(file, folder)) };
  });

/** The bytes of one of them, by its name. */
export function capturedBytes(name: string): Uint8Array {
  const found = captured.find((request) => request.name === name);
  if (found === undefined) throw new Error(`no captured request is called ${name}`);
  return found.bytes;
}
