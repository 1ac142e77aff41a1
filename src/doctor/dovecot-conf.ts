/** Reads a dovecot.conf with what it includes, or what `doveconf -n` prints: its settings, each with its block and its line. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ifPossible } from '../base/error.ts';

/** One `name = value`. */
export interface DovecotSetting {
  /** The heads of the blocks around it, the outermost first: `protocol lmtp`, `push_notification belfry`. */
  readonly blocks: readonly string[];
  readonly name: string;
  /** Without quotes. */
  readonly value: string;
  readonly file: string;
  /** 1 for the first line. */
  readonly line: number;
}

export interface DovecotConfiguration {
  /** In the order in which Dovecot reads them. */
  readonly settings: readonly DovecotSetting[];
  /** The files that were read, the main one first. */
  readonly files: readonly string[];
  /** Whether it is written for Dovecot 2.4 or later, whose plugins have settings of another form. */
  readonly isNew: boolean;
}

const limits = { files: 200, depth: 16, settings: 20_000, blocks: 16 };

/** Throws what `read` throws for the main file; files that are included and not there are left out. */
export function readDovecot(
  file: string,
  read: (path: string) => string,
  list: (directory: string) => readonly string[] = readdirSync,
): DovecotConfiguration {
  const settings: DovecotSetting[] = [];
  const files: string[] = [];
  visit(file, read(file), [], 1);
  const isNew = settings.some(({ blocks, name, value }) => {
    if (name === 'dovecot_config_version') return !value.startsWith('2.3');
    return blocks.some((head) => /^(?:push_notification|mail_plugins)\b/.test(head));
  });
  return { settings, files, isNew };

  function visit(path: string, text: string, around: readonly string[], depth: number): void {
    files.push(path);
    let blocks = around;
    let continued = '';
    for (const [index, raw] of text.split('\n').entries()) {
      const whole = continued + raw.trim();
      if (whole.endsWith('\\') && !whole.startsWith('#')) {
        continued = `${whole.slice(0, -1).trimEnd()} `;
        continue;
      }
      continued = '';
      for (const part of statementsIn(whole)) blocks = take(part, blocks, { file: path, line: index + 1 }, depth);
    }
  }

  function take(
    statement: string,
    blocks: readonly string[],
    place: { readonly file: string; readonly line: number },
    depth: number,
  ): readonly string[] {
    if (statement === '}') return blocks.slice(0, -1);
    if (statement.endsWith('{')) {
      if (blocks.length >= limits.blocks) return blocks;
      return [...blocks, statement.slice(0, -1).trim().split(/\s+/).join(' ')];
    }
    if (statement.startsWith('!include')) {
      include(statement.replace(/^!include(?:_try)?/, '').trim(), place.file, blocks, depth);
      return blocks;
    }
    const equals = statement.indexOf('=');
    if (equals <= 0 || settings.length >= limits.settings) return blocks;
    const name = statement.slice(0, equals).trim();
    settings.push({ blocks, name, value: unquoted(statement.slice(equals + 1).trim()), ...place });
    return blocks;
  }

  function include(pattern: string, from: string, blocks: readonly string[], depth: number): void {
    if (depth >= limits.depth) return;
    const whole = resolve(dirname(from), pattern);
    const name = basename(whole);
    const found = name.includes('*')
      ? [...(ifPossible(() => list(dirname(whole))) ?? [])]
          .filter(matches(name))
          .sort()
          .map((one) => join(dirname(whole), one))
      : [whole];
    for (const path of found) {
      if (files.length >= limits.files || files.includes(path)) continue;
      const text = ifPossible(() => read(path));
      if (text !== undefined) visit(path, text, blocks, depth + 1);
    }
  }
}

/** Of a glob with one `*`, which is all that anybody writes there. */
function matches(glob: string): (name: string) => boolean {
  const [before = '', after = ''] = glob.split('*');
  return (name) =>
    !name.startsWith('.') &&
    name.length >= before.length + after.length &&
    name.startsWith(before) &&
    name.endsWith(after);
}

/** What stands on a line: a block may begin and end on it. A value may hold braces that belong to it (`%{user}`). */
function statementsIn(line: string): readonly string[] {
  if (line === '' || line.startsWith('#')) return [];
  const text = withoutComment(line);
  if (text === '}' || text.endsWith('{') || text.includes('=')) {
    const open = text.indexOf(' { ');
    const equals = text.indexOf('=');
    if (open > 0 && open < equals && text.endsWith('}')) {
      return [text.slice(0, open + 2), text.slice(open + 3, -1).trim(), '}'];
    }
    return [text];
  }
  return text.startsWith('!') ? [text] : [];
}

/** A `#` after white space begins a comment, outside of quotes. */
function withoutComment(line: string): string {
  if (line.includes('"')) return line;
  const at = line.search(/\s#/);
  return at < 0 ? line : line.slice(0, at).trim();
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
