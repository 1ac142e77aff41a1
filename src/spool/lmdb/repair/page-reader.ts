/**
 * Reads the pages of a database by itself, where LMDB would end the process if one of them is damaged: to know whether a
 * file can be opened at all, and to get out of a damaged one what is whole. Believes no number that it reads.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { metaOf } from '../disk/file-check.ts';

/** LMDB `mdb.c`, as lmdb-js builds it: page header, node header, MDB_db, MDB_meta (which begins after a page header). */
const headerLength = 24;
const nodeLength = 8;
const tableLength = 48;
const longestKey = 4096;
const deepest = 32;
const flag = { branch: 1, leaf: 2, overflow: 4, bigData: 1, subTable: 2 } as const;
const tables = { free: 48, main: 96 } as const;

export interface RawRow {
  readonly key: Buffer;
  readonly value: Buffer;
}

interface Tree {
  readonly root: number;
  /** Rows that it should have. */
  readonly entries: number;
}

interface Node {
  readonly flags: number;
  readonly key: Buffer;
  /** In a leaf the value, or where it is; in a branch nothing. */
  readonly data: Buffer;
  readonly child: number;
}

export class PageReader {
  /** What was found damaged, in words. */
  readonly flaws: string[] = [];
  readonly #descriptor: number;
  readonly #size: number;
  readonly #pageLength: number;
  readonly #lastPage: number;
  readonly #main: Tree;
  readonly #free: Tree;
  readonly #seen = new Set<number>();

  /** A file of which `flawOf` sees nothing wrong. Throws what reading throws. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.#size = fstatSync(this.#descriptor).size;
    const meta = metaOf(this.#descriptor);
    if ('flaw' in meta) throw new Error(meta.flaw);
    this.#pageLength = meta.pageLength;
    this.#lastPage = meta.lastPage;
    this.#main = treeAt(meta.bytes, tables.main);
    this.#free = treeAt(meta.bytes, tables.free);
  }

  /** The tables by name, with how many rows each should have. */
  tables(): ReadonlyMap<string, Tree> {
    const found = new Map<string, Tree>();
    for (const { flags, key, data } of this.#nodes(this.#main.root, 'the list of tables', 0)) {
      if ((flags & flag.subTable) === 0 || data.length !== tableLength) continue;
      // The name ends with a NUL where lmdb-js wrote it.
      found.set(key.toString('latin1').replace(/\0$/, ''), treeAt(data, 0));
    }
    return found;
  }

  /** All rows of a table that can be read. */
  *rows(name: string, { root }: Tree): Generator<RawRow, void, void> {
    for (const node of this.#nodes(root, name, 0)) {
      const value = this.#valueOf(node, name);
      if (value !== undefined) yield { key: node.key, value };
    }
  }

  /** Looks at every page that LMDB might look at, but for the bytes of long values. Answers the first flaw. */
  check(): string | undefined {
    for (const node of this.#nodes(this.#free.root, 'the list of free pages', 0)) {
      const value = this.#valueOf(node, 'the list of free pages');
      if (value !== undefined && !this.#isFreeList(value)) this.flaws.push('the list of free pages names others');
      if (this.flaws.length > 0) return this.flaws[0];
    }
    for (const [name, tree] of this.tables()) {
      for (const node of this.#nodes(tree.root, name, 0)) {
        if ((node.flags & flag.bigData) !== 0) this.#longValue(node, name);
        if (this.flaws.length > 0) return this.flaws[0];
      }
    }
    return this.flaws[0];
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** The nodes of all leaves below a page, in order. */
  *#nodes(page: number, name: string, depth: number): Generator<Node, void, void> {
    if (page === -1) return;
    const nodes = this.#page(page, name, depth);
    if (nodes === undefined) return;
    if (nodes.isLeaf) yield* nodes.list;
    else for (const { child } of nodes.list) yield* this.#nodes(child, name, depth + 1);
  }

  #page(number: number, name: string, depth: number): { isLeaf: boolean; list: readonly Node[] } | undefined {
    const fail = (what: string): undefined => {
      this.flaws.push(`page ${number} (${name}): ${what}`);
      return undefined;
    };
    if (!this.#isPage(number)) return fail('there is no such page');
    if (depth > deepest || this.#seen.has(number)) return fail('it is used twice');
    this.#seen.add(number);
    const page = this.#read(number * this.#pageLength, this.#pageLength);
    if (page.length < this.#pageLength || page.readBigUInt64LE(0) !== BigInt(number))
      return fail('it has another number');
    const flags = page.readUInt16LE(18);
    const isLeaf = flags === flag.leaf;
    if (!isLeaf && flags !== flag.branch) return fail('it is neither leaf nor branch');
    const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)];
    if (lower > upper || upper > this.#pageLength - headerLength || lower % 2 !== 0)
      return fail('its bounds are wrong');
    const list: Node[] = [];
    for (let at = 0; at < lower; at += 2) {
      const start = page.readUInt16LE(headerLength + at) + headerLength;
      const node = start >= headerLength + upper ? nodeAt(page, start, isLeaf) : undefined;
      if (node === undefined) return fail('a row lies outside of it');
      if (isLeaf && node.key.length === 0) return fail('a row has no key');
      list.push(node);
    }
    if (list.length < (isLeaf ? 1 : 2)) return fail('it has too few rows');
    return { isLeaf, list };
  }

  /** Where a long value is. */
  #longValue({ data }: Node, name: string): { readonly at: number; readonly pages: number } | undefined {
    const fail = (what: string): undefined => {
      this.flaws.push(`a long value of ${name}: ${what}`);
      return undefined;
    };
    if (data.length < 8) return fail('its place is not there');
    const number = Number(data.readBigUInt64LE(0));
    if (!this.#isPage(number)) return fail(`there is no page ${number}`);
    const at = number * this.#pageLength;
    const head = this.#read(at, headerLength);
    if (head.length < headerLength || head.readBigUInt64LE(0) !== BigInt(number))
      return fail(`page ${number} has another number`);
    if (head.readUInt16LE(18) !== flag.overflow) return fail(`page ${number} holds something else`);
    const pages = head.readUInt32LE(20);
    if (pages === 0 || !this.#isPage(number + pages - 1)) return fail(`page ${number} is too long`);
    return { at: at + headerLength, pages };
  }

  #valueOf(node: Node, name: string): Buffer | undefined {
    if ((node.flags & flag.bigData) === 0) return (node.flags & flag.subTable) === 0 ? node.data : undefined;
    const place = this.#longValue(node, name);
    if (place === undefined) return undefined;
    const { at, pages } = place;
    if (node.child > pages * this.#pageLength - headerLength) {
      this.flaws.push(`a long value of ${name}: it is longer than its pages`);
      return undefined;
    }
    return this.#read(at, node.child);
  }

  /** How many, and then as many numbers of pages, or the negative length of a run before its first. */
  #isFreeList(value: Buffer): boolean {
    if (value.length < 8 || value.length % 8 !== 0) return false;
    const count = Number(value.readBigInt64LE(0));
    if (count < 0 || count > value.length / 8 - 1) return false;
    for (let at = 8; at <= 8 * count; at += 8) {
      const number = Math.abs(Number(value.readBigInt64LE(at)));
      if (number > this.#lastPage) return false;
    }
    return true;
  }

  #isPage(number: number): boolean {
    return number >= 2 && number <= this.#lastPage && (number + 1) * this.#pageLength <= this.#size;
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(this.#descriptor, bytes, 0, length, at));
  }
}

/** An empty tree has the root -1. */
function treeAt(bytes: Buffer, at: number): Tree {
  return { root: Number(bytes.readBigInt64LE(at + 40)), entries: Number(bytes.readBigUInt64LE(at + 32)) };
}

/** In a leaf `child` is the length of the value. */
function nodeAt(page: Buffer, start: number, isLeaf: boolean): Node | undefined {
  if (start + nodeLength > page.length) return undefined;
  const low = page.readUInt32LE(start);
  const flags = page.readUInt16LE(start + 4);
  const keyEnd = start + nodeLength + page.readUInt16LE(start + 6);
  if (keyEnd > page.length || keyEnd - start > longestKey) return undefined;
  const key = page.subarray(start + nodeLength, keyEnd);
  if (!isLeaf) return { flags: 0, key, data: page.subarray(0, 0), child: low + flags * 2 ** 32 };
  const dataEnd = keyEnd + ((flags & flag.bigData) !== 0 ? headerLength : low);
  if (dataEnd > page.length) return undefined;
  return { flags, key, data: page.subarray(keyEnd, dataEnd), child: low };
}

/** The first flaw in the pages of a database; undefined when LMDB can read all of them. Throws what reading throws. */
export function pageFlawOf(path: string): string | undefined {
  const reader = new PageReader(path);
  try {
    return reader.check();
  } finally {
    reader.close();
  }
}
