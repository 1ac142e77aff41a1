/** A program in the place of sendmail: it records its arguments and its standard input, and ends as it is told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParsedMail, parseMail } from './parse-mail.ts';

export interface FakeSendmail {
  readonly directory: string;
  /** Its path. */
  readonly program: string;
  /** From now on it does this behind (or, as a whole script, instead of) the recording. */
  behave(lines: string, as?: 'instead'): void;
  /** How often it has run to the end of the recording. */
  runs(): number;
  /** The arguments of the last run. */
  argv(): readonly string[];
  /** The standard input of the last run. */
  input(): string;
  mail(): ParsedMail;
  dispose(): void;
}

export function fakeSendmail(): FakeSendmail {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-mailto-'));
  const program = join(directory, 'sendmail');
  const record = `printf '%s\\0' "$@" > "$dir/argv"; cat > "$dir/input"; echo run >> "$dir/runs"`;
  function read(name: string): string {
    try {
      return readFileSync(join(directory, name), 'latin1');
    } catch {
      return '';
    }
  }
  function behave(lines: string, as?: 'instead'): void {
    const script = as === 'instead' ? lines : `${record}\n${lines}`;
    writeFileSync(program, `#!/bin/sh\ndir='${directory}'\n${script}\n`, { mode: 0o755 });
  }
  behave('exit 0');
  return {
    directory,
    program,
    behave,
    runs: () => read('runs').split('\n').length - 1,
    argv: () => read('argv').split('\0').slice(0, -1),
    input: () => read('input'),
    mail: () => parseMail(read('input')),
    dispose: () => rmSync(directory, { recursive: true }),
  };
}
