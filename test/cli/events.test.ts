import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/command-line.ts';

/** What the command prints and how it ends. */
async function belfry(...words: readonly string[]) {
  const result = { out: '', err: '', status: 0 };
  await run(words, {
    out: (text) => {
      result.out += text;
    },
    err: (text) => {
      result.err += text;
    },
    exit: (status) => {
      result.status = status;
    },
  });
  return result;
}

describe('belfry events', () => {
  it('lists all', async () => {
    const { out, err, status } = await belfry('events');
    expect(out).toMatch(/\nflags\n {2}FlagsClear +Flags were cleared\n/);
    expect([err, status]).toEqual(['', 0]);
  });

  it('describes one, in any case of its name', async () => {
    const { out } = await belfry('events', 'mailboxunsubscribe');
    expect(out).toMatch(/^MailboxUnSubscribe: A mailbox was unsubscribed\n/);
  });

  it('writes JSON for programs', async () => {
    const all: unknown = JSON.parse((await belfry('events', '--json')).out);
    expect(all).toHaveLength(29);
    const one: unknown = JSON.parse((await belfry('events', '--json', 'Login')).out);
    expect(one).toMatchObject({ name: 'Login', groups: ['access'], rules: [] });
    expect(all).toContainEqual(one);
  });

  it('says what was probably meant', async () => {
    expect(await belfry('events', 'MesageNew')).toEqual({
      out: '',
      err: 'belfry: there is no event "MesageNew" in the catalogue; did you mean MessageNew?\n',
      status: 64,
    });
    expect(await belfry('events', '\u001b[2J')).toMatchObject({
      err: 'belfry: there is no event "\\u001b[2J" in the catalogue; belfry events lists them\n',
    });
  });
});
