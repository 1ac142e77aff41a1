/** The line that a program in stream mode is given. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { streamLine } from '../../../src/notifier/exec/stream-line.ts';
import { requestNotification } from '../samples.ts';

it('is one line for any reader, and nothing of it is lost', () => {
  const text = fc.string({
    unit: fc.oneof(fc.constantFrom('\n', '\r', '\u2028', '\u2029', '\u0085', '\v', '"'), fc.string()),
  });
  fc.assert(
    fc.property(text, text, text, (user, mailbox, message) => {
      const notification = { ...requestNotification('1', { message }), user, mailbox, payload: { message } };
      const line = streamLine({ notification, attempt: 1, lane: '' });
      // Where Python (str.splitlines), readline of Node 24 and others end a line.
      expect(line.endsWith('\n')).toBe(true);
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(JSON.parse(line)).toMatchObject({ user, mailbox, payload: { message } });
    }),
  );
});
