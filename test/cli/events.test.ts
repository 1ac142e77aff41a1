import { describe, expect, it } from 'vitest';
import { said } from './said.ts';

describe('belfry events', () => {
  it('lists all', async () => {
    const { out, err, status } = await said(['events']);
    expect(out).toMatch(/\nflags\n {2}FlagsClear +Flags were cleared\n/);
    expect([err, status]).toEqual(['', 0]);
  });

  it('describes one, in any case of its name', async () => {
    const { out } = await said(['events', 'mailboxunsubscribe']);
    expect(out).toMatch(/^MailboxUnSubscribe: A mailbox was unsubscribed\n/);
  });

  it('writes JSON for programs', async () => {
    const all: unknown = JSON.parse((await said(['events', '--json'])).out);
    expect(all).toHaveLength(29);
    const one: unknown = JSON.parse((await said(['events', '--json', 'Login'])).out);
    expect(one).toMatchObject({ name: 'Login', groups: ['access'], rules: [] });
    expect(all).toContainEqual(one);
  });

  it('says what was probably meant', async () => {
    expect(await said(['events', 'MesageNew'])).toEqual({
      out: '',
      err: 'belfry: there is no event "MesageNew" in the catalogue; did you mean MessageNew?\n',
      status: 64,
    });
    expect(await said(['events', '\u001b[2J'])).toMatchObject({
      err: 'belfry: there is no event "\\u001b[2J" in the catalogue; belfry events lists them\n',
    });
  });
});
