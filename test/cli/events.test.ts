import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeEvent } from '../../src/decode/event.ts';
import type { EventDescription } from '../../src/schema/event-schemas.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { said } from './said.ts';

function scratchDirectoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-events-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

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

  it('prints a valid example of each type', async () => {
    const catalogue: readonly EventDescription[] = JSON.parse((await said(['events', '--json'])).out);
    const schemas = await loadSchemas({});
    for (const { name } of catalogue) {
      const { out, status } = await said(['events', name, '--example']);
      expect({ name, status, lines: out.split('\n').length }).toEqual({ name, status: 0, lines: 2 });
      const event = decodeEvent(out);
      if (!event.ok) throw new Error(`${name}: ${event.problem.message}`);
      expect({ name, validity: schemas.validate(event.value) }).toEqual({ name, validity: { ok: true, known: true } });
      expect(event.value.event).toBe(name);
    }
  });

  it('bundles the schemas for other programs, those of schema_directory included', async () => {
    const one = await said(['events', 'messagenew', '--bundle']);
    expect(JSON.parse(one.out)).toMatchObject({
      $id: 'https://belfry.invalid/event/MessageNew',
      required: ['uri', 'event'],
    });
    const directory = scratchDirectoryOf({
      'vnd.x.Y.json': '{"type":"object","properties":{"event":{"const":"vnd.x.Y"}}}',
    });
    const configuration = join(directory, 'belfry.conf');
    writeFileSync(configuration, `schema_directory: ${directory}\n`);
    const all = await said(['events', '-C', configuration, '--bundle']);
    expect(Object.keys(JSON.parse(all.out).$defs)).toEqual(expect.arrayContaining(['MessageNew', 'vnd.x.Y']));
    expect([all.err, all.status]).toEqual(['', 0]);
    for (const other of ['--json', '--example']) {
      expect(await said(['events', 'Login', '--bundle', other])).toMatchObject({ out: '', status: 64 });
    }
  });

  it('says where an example must come from', async () => {
    expect(await said(['events', '--example'])).toMatchObject({ status: 64 });
    const directory = scratchDirectoryOf({
      'vnd.x.Y.json': '{"type":"object","properties":{"event":{"const":"vnd.x.Y"}}}',
    });
    const configuration = join(directory, 'belfry.conf');
    writeFileSync(configuration, `schema_directory: ${directory}\n`);
    expect(await said(['events', '-C', configuration, 'vnd.x.Y', '--example'])).toMatchObject({
      err: expect.stringMatching(/ vnd\.x\.Y .*"examples"/),
      status: 65,
    });
  });

  it('says what was probably meant', async () => {
    expect(await said(['events', 'MesageNew'])).toEqual({
      out: '',
      err: expect.stringMatching(/^belfry: .*"MesageNew".* MessageNew\? \[USAGE\]\n$/),
      status: 64,
    });
    expect(await said(['events', '\u001b[2J'])).toMatchObject({
      err: expect.stringMatching(/^belfry: .*"\\u001b\[2J".* \[USAGE\]\n$/),
    });
  });
});
