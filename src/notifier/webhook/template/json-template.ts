/** A template of JSON: it is read as JSON first, so that no value can ever be more than a string, or a value, in its place. */
import type { Json } from '../../../base/event.ts';
import {
  filteredValue,
  type LookUp,
  type Mistake,
  type Part,
  type Placeholder,
  parseText,
  placeholderOf,
  render,
} from './text.ts';

/** Objects and arrays within each other. */
const maxDepth = 32;

type Node =
  | { readonly kind: 'fixed'; readonly value: Json }
  | { readonly kind: 'text'; readonly parts: readonly Part[] }
  | { readonly kind: 'value'; readonly placeholder: Placeholder }
  | { readonly kind: 'array'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Node])[] };

export interface JsonTemplate {
  /** `lookUpJson` answers the value of a name that stands alone; one with filters is a string. */
  fill(lookUp: LookUp, lookUpJson: (name: string) => Json): Json;
}

/**
 * JSON in which names stand in braces: within a string (`"New mail: {subject}"`), or alone in the place of a value
 * (`{"uid": {uidset}}`). A brace within a string is doubled. A name cannot stand in the key of a member.
 */
export function parseJsonTemplate(written: string): { readonly value: JsonTemplate } | Mistake {
  try {
    const node = new Reader(written).read();
    return { value: { fill: (lookUp, lookUpJson) => filled(node, lookUp, lookUpJson) } };
  } catch (thrown) {
    if (thrown instanceof Wrong) return { wrong: thrown.message, at: thrown.at };
    throw thrown;
  }
}

function filled(node: Node, lookUp: LookUp, lookUpJson: (name: string) => Json): Json {
  switch (node.kind) {
    case 'fixed':
      return node.value;
    case 'text':
      return render(node.parts, lookUp);
    case 'value':
      return node.placeholder.filters.length > 0
        ? filteredValue(node.placeholder, lookUp)
        : lookUpJson(node.placeholder.name);
    case 'array':
      return node.items.map((item) => filled(item, lookUp, lookUpJson));
    case 'object':
      return Object.fromEntries(node.members.map(([key, member]) => [key, filled(member, lookUp, lookUpJson)]));
  }
}

class Wrong extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const placeholder = /\{([A-Za-z0-9._:/-]+)((?:\|[a-z]+(?::[0-9]+)?)*)\}/y;
const literal = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const string = /"(?:[^"\\]|\\.)*"/sy;

/** One reading; it throws {@link Wrong}. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Node {
    const node = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw new Wrong('more follows after the end of the JSON', this.#at);
    return node;
  }

  #value(depth: number): Node {
    if (depth > maxDepth) throw new Wrong(`it is deeper than ${maxDepth} levels`, this.#at);
    this.#space();
    const start = this.#at;
    const found = this.#match(placeholder);
    if (found !== undefined) {
      const given = placeholderOf(found[1] ?? '', found[2] ?? '');
      if ('wrong' in given) throw new Wrong(given.wrong, start);
      return { kind: 'value', placeholder: given };
    }
    const fixed = this.#match(literal)?.[0];
    if (fixed !== undefined) return { kind: 'fixed', value: JSON.parse(fixed) };
    switch (this.#text[start]) {
      case '"':
        return { kind: 'text', parts: this.#parts() };
      case '[':
        return { kind: 'array', items: this.#list(']', () => this.#value(depth + 1)) };
      case '{': {
        const members = this.#list('}', () => this.#member(depth));
        return { kind: 'object', members };
      }
      default:
        throw new Wrong(`expected a value of JSON, or a name like {user}, and found ${this.#found()}`, start);
    }
  }

  #member(depth: number): readonly [string, Node] {
    this.#space();
    const start = this.#at;
    if (this.#text[start] !== '"')
      throw new Wrong(`expected a key in double quotes, and found ${this.#found()}`, start);
    const parts = this.#parts();
    if (parts.some((part) => typeof part !== 'string')) throw new Wrong('a name cannot stand in a key', start);
    const key = parts.join('');
    if (key === '__proto__') throw new Wrong('the key __proto__ is not possible', start);
    this.#space();
    if (this.#text[this.#at] !== ':')
      throw new Wrong(`expected a colon after the key, and found ${this.#found()}`, this.#at);
    this.#at += 1;
    return [key, this.#value(depth + 1)];
  }

  #list<T>(end: string, one: () => T): readonly T[] {
    const items: T[] = [];
    this.#at += 1;
    this.#space();
    if (this.#text[this.#at] === end) {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(one());
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== end)
        throw new Wrong(`expected a comma or ${end}, and found ${this.#found()}`, this.#at);
      this.#at += 1;
      if (next === end) return items;
    }
  }

  #parts(): readonly Part[] {
    const start = this.#at;
    const quoted = this.#match(string)?.[0];
    if (quoted === undefined) throw new Wrong('the string that begins here does not end', start);
    let content: string;
    try {
      content = JSON.parse(quoted);
    } catch {
      throw new Wrong('the string that begins here is not one of JSON: a backslash is written \\\\', start);
    }
    const parts = parseText(content);
    if ('wrong' in parts) throw new Wrong(parts.wrong, start + 1 + parts.at);
    return parts.value;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  #found(): string {
    const character = this.#text[this.#at];
    return character === undefined ? 'the end' : JSON.stringify(character);
  }
}
