import { expect, it } from 'vitest';
import { factsOf } from './facts.ts';

it.each([
  ['"25d" is too long a duration: 24d20h31m23s is the most', '"25d" 24d20h31m23s'],
  ['unknown option (did you mean event_groups?)', 'event_groups?'],
  ['b_method: "webhok" is no method (did you mean webhook?)', 'b_method "webhok" webhook?'],
  ['[0:0::1]:80 is listed twice (as [::1]:80 before)', '[0:0::1]:80 [::1]:80'],
  ['cannot read /gone.conf: the file does not exist', '/gone.conf'],
  ['"a b …" has no valid name (letters, digits, - and _)', '"a b …"'],
  [
    'a quarter of spool_max_size (33554432), \\Seen, MessageNew, STARTTLS; ENOENT: gone',
    'spool_max_size 33554432 \\Seen MessageNew STARTTLS ENOENT',
  ],
  ['nothing but well-known words, for people', ''],
])('%j names %j', (text, facts) => expect(factsOf(text)).toBe(facts));
