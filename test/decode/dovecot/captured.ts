/** Requests of a real Dovecot 2.3.19 in test/fixtures/dovecot: those of its OX driver and of Lua scripts. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../fixtures/dovecot/', import.meta.url);

/** The body of the captured request whose name begins with `number`. */
export function capturedBody(number: string): Buffer {
  const file = readdirSync(folder).find((name) => name.startsWith(number));
  if (file === undefined) throw new Error(`no captured request is called ${number}`);
  return bodyOf(file);
}

export const capturedBodies: readonly { readonly name: string; readonly body: Buffer }[] = readdirSync(folder)
  .filter((name) => name.endsWith('.req'))
  .sort()
  .map((name) => ({ name, body: bodyOf(name) }));

function bodyOf(file: string): Buffer {
  const request = readFileSync(new URL(file, folder));
  return request.subarray(request.indexOf('\r\n\r\n') + 4);
}

interface Hook {
  readonly hook: string;
  readonly user: unknown;
  readonly event?: { readonly name: string };
  readonly success?: boolean;
}

/** The transactions of a session that provoked all twelve events, as a script would send them: one body for each. */
export const transactions: readonly Buffer[] = (() => {
  const open: Hook[][] = [];
  const bodies: Buffer[] = [];
  const lines = readFileSync(new URL('lua.jsonl', folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  for (const line of lines) {
    const hook: Hook = JSON.parse(line);
    if (hook.hook === 'begin_txn') open.push([]);
    else if (hook.hook === 'end_txn') {
      const events = open.pop() ?? [];
      if (events.length > 0) bodies.push(Buffer.from(JSON.stringify({ user: 'alice', success: hook.success, events })));
    } else open.at(-1)?.push(hook);
  }
  return bodies;
})();
