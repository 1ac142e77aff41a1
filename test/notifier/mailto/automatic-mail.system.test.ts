/** Mail sent by programs, and the staged messages in which it is recognised. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  automaticBecause,
  isOwnMail,
  isOwnMessageId,
  messageIdIn,
  messageIdOf,
} from '../../../src/notifier/mailto/automatic-mail.ts';
import { readStagedHead } from '../../../src/notifier/mailto/staged-message.ts';

describe('automaticBecause', () => {
  it.each([
    ['auto-replied', 'Auto-Submitted: auto-replied'],
    ['auto-generated', 'From: x\r\nAUTO-SUBMITTED : Auto-Generated (by cron) ; x=y\r\nTo: y'],
    ['auto-notified', 'Auto-Submitted:\r\n\tauto-notified; owner-email="me@example.com"'],
    ['auto-x', 'Auto-Submitted: (no) auto-x'],
    ['auto-x', 'Auto-Submitted: no\nAuto-Submitted: auto-x'],
    ['', 'Auto-Submitted:\n'],
  ])('says %j', (keyword, head) => {
    expect(automaticBecause(`${head}\r\n\r\nbody`, 'mail.example.org')).toContain(JSON.stringify(keyword));
  });

  it.each([
    '',
    'From: x\r\nTo: y\r\n\r\nAuto-Submitted: auto-replied',
    'From: x\n\nAuto-Submitted: auto-replied',
    'Auto-Submitted: no',
    'Auto-Submitted: No (a (nested) comment); x=y',
    'X-Auto-Submitted: auto-replied',
    'Subject: a\n Auto-Submitted: auto-replied',
  ])('says nothing of %j', (head) => {
    expect(automaticBecause(head, 'mail.example.org')).toBeUndefined();
  });

  it('recognises a mail of belfry', () => {
    const id = messageIdOf('01HX', 'audit', 'mail.example.org');
    expect(id).toBe('<01HX.audit.belfry@mail.example.org>');
    const domain = 'mail.example.org';
    expect(automaticBecause(`From: x\nMessage-ID: ${id}\n`, domain)).toContain('notification');
    expect(isOwnMail(`Message-ID:\n ${id}\n`, domain)).toBe(true);
    expect(isOwnMail(`References: ${id}\n`, domain)).toBe(false);
    expect(isOwnMail(`Message-ID: ${id} and more\n`, domain)).toBe(false);
    expect(isOwnMail(`Message-ID: ${id}\n`, 'other.example.org')).toBe(false);
    expect(isOwnMessageId(id.replace('mail.', 'MAIL.'), domain)).toBe(true);
    expect(isOwnMessageId('<1.belfry@mail.example.org>', domain)).toBe(false);
    expect(isOwnMessageId(`re: ${id}`, domain)).toBe(false);
  });

  it.each([
    ['("Sat" "s" NIL NIL NIL NIL NIL NIL NIL "<a@b>")', '<a@b>'],
    ['("Sat" "s" NIL NIL NIL NIL NIL NIL "<c@d>" "<a@b>")', '<a@b>'],
    ['("Sat" "s" NIL NIL NIL NIL NIL NIL "<a@b>" NIL)', undefined],
    ['("Sat" "s \\"<a@b>\\")" NIL NIL NIL NIL NIL NIL NIL NIL)', undefined],
    ['("Sat" "s" NIL NIL NIL NIL NIL NIL NIL "x \\"<a@b>")', undefined],
    ['', undefined],
  ])('finds the Message-ID of the envelope %j', (envelope, id) => {
    expect(messageIdIn(envelope)).toBe(id);
  });
});

describe('readStagedHead', () => {
  let root: string;
  let stage: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'belfry-staged-'));
    stage = join(root, 'stage.');
    mkdirSync(stage);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function file(path: string, content = 'Auto-Submitted: auto-replied\r\n\r\nhello'): string {
    writeFileSync(path, content);
    return path;
  }

  function made(make: (path: string) => unknown, path: string): string {
    make(path);
    expect(lstatSync(path)).toBeDefined();
    return path;
  }

  it('reads a staged message', async () => {
    expect(await readStagedHead(file(join(stage, '1-2-0')))).toBe('Auto-Submitted: auto-replied\r\n\r\nhello');
  });

  it('reads no more than 64 KiB', async () => {
    expect(await readStagedHead(file(join(stage, '1'), 'x'.repeat(100_000)))).toHaveLength(64 * 1024);
  });

  it.each<[string, () => string]>([
    ['a file that is gone', () => join(stage, 'gone')],
    ['nothing', () => ''],
    ['a directory', () => stage],
    ['a directory within', () => made(mkdirSync, join(stage, 'd'))],
    ['a file elsewhere', () => file(join(root, 'elsewhere'))],
    ['a way through ..', () => file(join(stage, '1')).replace('/stage.', '/x/../stage.')],
    ['a relative path', () => 'stage./1'],
    ['a NUL', () => `${file(join(stage, '1'))}\0x`],
    ['a symbolic link', () => made((link) => symlinkSync(file(join(root, 'target')), link), join(stage, 'link'))],
    [
      'a FIFO, which would block',
      () => made((fifo) => spawnSync('/usr/bin/env', ['mkfifo', fifo]), join(stage, 'fifo')),
    ],
    ['a device', () => '/dev/zero'],
  ])('does not read %s', async (_, path) => {
    expect(await readStagedHead(path())).toBeUndefined();
  });
});
