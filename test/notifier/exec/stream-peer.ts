/** A program for stream mode that notes what it is given, and does what the test tells it to. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `take(line)` notes a line, `given(line)` is its notification. A notification's `user` or the file `do` says what to do. */
const prologue = `
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const dir = DIRECTORY;
const order = () => { try { return readFileSync(dir + '/do', 'utf8'); } catch { return ''; } };
appendFileSync(dir + '/pids', process.pid + '\\n');
const take = ({ id }) => appendFileSync(dir + '/ids', id + '\\n');
const say = (text) => process.stdout.write(text);
`;

const usual = `
createInterface({ input: process.stdin }).on('line', (line) => {
  const given = JSON.parse(line);
  if (order() === 'hang') return;
  if (order() === 'retry') return say('RETRY the disk is full\\n');
  take(given);
  say('OK\\n');
});
`;

export interface StreamPeer {
  readonly directory: string;
  /** The value of `exec_program`. */
  readonly program: string;
  /** Ids that it has taken, in order. */
  ids(): readonly string[];
  /** Of its processes, in the order of their starts. */
  pids(): readonly number[];
  /** From now on. */
  order(what: 'hang' | 'retry'): void;
  read(name: string): string;
  remove(): void;
}

/** `code` is a module; without it every line is answered with OK. */
export function makeStreamPeer(code = usual): StreamPeer {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-stream-'));
  const file = join(directory, 'peer.mjs');
  writeFileSync(file, `${prologue.replace('DIRECTORY', JSON.stringify(directory))}${code}`);
  const read = (name: string): string => {
    try {
      return readFileSync(join(directory, name), 'utf8');
    } catch {
      return '';
    }
  };
  return {
    directory,
    program: `${process.execPath} ${file}`,
    ids: () => read('ids').split('\n').slice(0, -1),
    pids: () => read('pids').split('\n').slice(0, -1).map(Number),
    order: (what) => writeFileSync(join(directory, 'do'), what),
    read,
    remove: () => rmSync(directory, { recursive: true }),
  };
}
