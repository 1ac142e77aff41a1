/**
 * What of CEL an expression of NAME_when may use: what takes a time that grows linearly with the event, whatever it holds.
 *
 * Each node of the tree is evaluated once, and takes at most as many steps as its operands have characters or elements. The
 * exceptions are refused or bounded here: `matches` (a regular expression that backtracks: 70 s for 28 letters); a
 * comprehension inside another; one that names anything but its own element, which could be as long as the list; and searching for
 * a text of the event in another one, which takes as many steps as the product of their lengths.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import { printable } from '../../base/printable.ts';
import { nearest } from '../../option/nearest.ts';
import { error, type Problem } from '../../option/problem.ts';

/** `at`: where in the expression, in UTF-16 units. */
export interface Mistake {
  readonly problem: Problem;
  readonly at: number;
}

/** Sizes beyond which an expression is refused: those of the library are made for whole policies. */
export const limits = { maxAstNodes: 1000, maxDepth: 50, maxListElements: 1000, maxCallArguments: 4 };

const comprehensions = ['exists', 'all', 'exists_one'];
/** Each with how many arguments it has, and which of these must be a text that stands in the expression. */
const functions: ReadonlyMap<string, { readonly arity: number; readonly literal?: number }> = new Map([
  ['has', { arity: 1 }],
  ['size', { arity: 1 }],
  ['glob', { arity: 2, literal: 1 }],
]);
const methods: typeof functions = new Map([
  ['startsWith', { arity: 1 }],
  ['endsWith', { arity: 1 }],
  ['contains', { arity: 1, literal: 0 }],
  ['split', { arity: 1, literal: 0 }],
  ['lowerAscii', { arity: 0 }],
  ['size', { arity: 0 }],
]);
const known = [...functions.keys(), ...methods.keys(), ...comprehensions];
const remedies: ReadonlyMap<string, string> = new Map([
  ['matches', 'write glob(text, "*pattern*"), in which * is any text'],
  ['map', 'ask with exists or all'],
  ['filter', 'ask with exists or all'],
]);
/** They must not be hidden by the element of a comprehension. */
export const variables = ['event', 'user', 'mailbox'];

/**
 * Adds the fields of `event` that are named to `fields`. Answers what is refused, the first of it. `parameters`: the
 * fields that an event can have. Of others only those in parts, `event.vnd.cmu.midset`, are refused here, and those in `has`,
 * which the library does not check.
 */
export function findMistake(
  root: ASTNode,
  fields: Set<string>,
  parameters: Pick<ReadonlyMap<string, unknown>, 'has' | 'keys'>,
): Mistake | undefined {
  return visit(root, undefined);

  /** `element`: the name of the element, inside a comprehension. */
  function visit(node: ASTNode, element: string | undefined): Mistake | undefined {
    switch (node.op) {
      case 'value':
        return undefined;
      case 'id':
        return variable(node, node.args, element);
      case '.': {
        const [of, field] = node.args;
        const path = element === undefined ? pathOf(node) : undefined;
        if (path !== undefined && path.names.length > 1 && !parameters.has(path.names[0] ?? '')) return inParts(path);
        if (of.op !== 'id' || of.args !== 'event' || element !== undefined) return visit(of, element);
        fields.add(field);
        return undefined;
      }
      case 'call': {
        const [name, operands] = node.args;
        const path = name === 'has' ? pathOf(operands[0]) : undefined;
        if (path?.names.length === 1 && !parameters.has(path.names[0] ?? '')) return inParts(path);
        return call(functions.get(name), name, node, operands, node.start) ?? every(operands, element);
      }
      case 'rcall': {
        const [name, receiver, operands] = node.args;
        const at = Math.max(node.input.indexOf(name, receiver.end), node.start);
        if (comprehensions.includes(name)) return comprehension(name, receiver, operands, element, at);
        return call(methods.get(name), name, node, operands, at) ?? every([receiver, ...operands], element);
      }
      case 'map':
      case '.?':
      case '[?]':
        return mistake(node.start, 'belfry does not have this part of CEL');
      case '!_':
      case '-_':
        return visit(node.args, element);
      default:
        return every(node.args, element);
    }
  }

  /** A name with dots, each part of which would be a member of the one before it. */
  function inParts({ names, at }: Path): Mistake {
    const joined = names
      .map((_, i) => names.slice(0, names.length - i).join('_'))
      .find((field) => parameters.has(field));
    if (joined === undefined) return unknownParameter(names[0] ?? '', at, parameters);
    return mistake(
      at,
      `no event has a parameter ${names[0]}`,
      `in a name with dots, write _ for each: event.${joined}`,
    );
  }

  function every(nodes: readonly ASTNode[], element: string | undefined): Mistake | undefined {
    for (const node of nodes) {
      const found = visit(node, element);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  function comprehension(
    name: string,
    receiver: ASTNode,
    [variableNode, body]: readonly ASTNode[],
    element: string | undefined,
    at: number,
  ): Mistake | undefined {
    if (element !== undefined) return mistake(at, `${name} inside another one is too slow`, 'ask for both with &&');
    if (variableNode?.op !== 'id' || body === undefined) {
      return mistake(at, `${name} needs a name and a condition`, `list.${name}(x, x == "text")`);
    }
    if (variables.includes(variableNode.args)) {
      return mistake(variableNode.start, `${variableNode.args} has a meaning already`, 'use another name');
    }
    return visit(receiver, element) ?? visit(body, variableNode.args);
  }
}

/** `name`: as it is written after `event.`. */
export function unknownParameter(
  name: string,
  at: number,
  parameters: Pick<ReadonlyMap<string, unknown>, 'keys'>,
): Mistake {
  const similar = nearest(name, parameters.keys());
  const remedy =
    similar === undefined
      ? 'belfry events lists them; write _ for each dot, and add the schemas of your own events to schema_directory'
      : `did you mean ${similar}?`;
  return mistake(at, `no event has a parameter ${printable(name, 100)}`, remedy);
}

interface Path {
  readonly names: readonly string[];
  readonly at: number;
}

/** The names in `event.a.b`; undefined for anything else. */
function pathOf(node: ASTNode | undefined): Path | undefined {
  if (node?.op !== '.') return undefined;
  const [of, field] = node.args;
  if (of.op === 'id') return of.args === 'event' ? { names: [field], at: of.start } : undefined;
  const before = pathOf(of);
  return before && { names: [...before.names, field], at: before.at };
}

function variable({ start }: ASTNode, name: string, element: string | undefined): Mistake | undefined {
  if (element === undefined) {
    return name === 'event' ? mistake(start, 'event is not a value', 'name a parameter: event.user') : undefined;
  }
  if (name === element) return undefined;
  return mistake(start, `only ${element} can be named here, for each element is compared with it`);
}

function call(
  declared: { readonly arity: number; readonly literal?: number } | undefined,
  name: string,
  { input }: ASTNode,
  operands: readonly ASTNode[],
  at: number,
): Mistake | undefined {
  if (declared === undefined) {
    const similar = nearest(name, known);
    const remedy =
      remedies.get(name) ?? (similar === undefined ? `there are ${known.join(' ')}` : `did you mean ${similar}?`);
    return mistake(at, `belfry does not have ${name}`, remedy);
  }
  const { arity, literal } = declared;
  if (operands.length !== arity) return mistake(at, `${name} takes another number of arguments`, `${arity}`);
  const operand = literal === undefined ? undefined : operands[literal];
  if (operand === undefined || (operand.op === 'value' && typeof operand.args === 'string')) return undefined;
  const quoted = JSON.stringify(input.slice(operand.start, operand.end).slice(0, 40));
  return mistake(operand.start, `${name} needs a text in quotes`, `write it instead of ${quoted}`);
}

export function mistake(at: number, message: string, remedy?: string): Mistake {
  return { problem: error(message, remedy), at };
}
