/** A kind of intake that reads its own options: what it declares is all that the configuration needs of it. */
import { expect, it } from 'vitest';
import { configurationReference } from '../../packaging/configuration-reference.ts';
import { type Loaded, loadConfiguration } from '../../src/config/load.ts';
import { defineIntake } from '../../src/intake/intake.ts';
import { error } from '../../src/option/problem.ts';
import { duration, words } from '../../src/option/types.ts';
import { factsOfProblems, methods, reader } from './fixture.ts';

const options = {
  poll_from: words({ description: 'Where to ask.', absent: 'nowhere', example: 'a b' }),
  poll_every: duration({ description: 'How often.', default: '10s' }),
};

const poll = defineIntake<{ transport: 'poll'; name: string; everyMs: number }, typeof options>({
  name: 'poll',
  options,
  thread: 'parse',
  settings: {
    section: 'Polls',
    read: ({ poll_from: places = [], poll_every: everyMs }) => ({
      settings: places.map((name) => ({ transport: 'poll', name, everyMs })),
      problems: places.includes('nowhere') ? [{ option: 'poll_from', ...error('there is no such place') }] : [],
    }),
  },
  open: () => Promise.reject(new Error('it is never opened here')),
});

function load(...lines: readonly string[]): Loaded {
  const read = reader({ 'belfry.conf': lines.map((line) => `${line}\n`).join('') });
  return loadConfiguration('belfry.conf', { methods, intakes: [poll], read });
}

it('becomes settings beside the sockets, and is listed with its values', () => {
  const { configuration, inForce } = load('poll_from: a b', 'poll_every: 1s');
  expect(configuration?.otherIntakes).toEqual([
    { transport: 'poll', name: 'a', everyMs: 1000 },
    { transport: 'poll', name: 'b', everyMs: 1000 },
  ]);
  expect(configuration?.sockets).toHaveLength(1);
  expect(inForce.filter(({ section }) => section === 'Polls')).toMatchObject([
    { option: 'poll_from', value: 'a b' },
    { option: 'poll_every', value: '1s' },
  ]);
});

it('is absent unless it is asked for', () => {
  expect(load().configuration?.otherIntakes).toEqual([]);
});

it('is refused at the line of the option that is wrong', () => {
  const { configuration, problems } = load('poll_every: 1s', 'poll_from: nowhere');
  expect(configuration).toBeUndefined();
  expect(factsOfProblems(problems)).toContain('2: error: poll_from:');
});

it('has a section of the reference', () => {
  const reference = configurationReference(methods, [poll]);
  expect(reference).toContain('### Polls\n\n| Option |');
  expect(reference).toContain('| `poll_every` | duration | `10s` | How often. |');
});
