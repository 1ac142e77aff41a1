/** Makes the elements that are described, and changes only what differs: focus, selection and scroll positions stay. */
import type { Node, Properties } from './h.ts';

const svgTags: ReadonlySet<string> = new Set(['svg', 'polyline', 'polygon', 'path']);
/** Handled apart from attributes. */
const special: ReadonlySet<string> = new Set(['on', 'key', 'style', 'mounted', 'updated', 'value', 'checked']);

interface Live {
  readonly element: Element | Text;
  description: Node;
  children: Live[];
  readonly handlers: Map<string, (event: Event) => void>;
  leave: (() => void) | undefined;
}

/** What is called when all elements are in their place. */
type Later = (() => void)[];

/** Shows descriptions in `root`, one after another. */
export function createRoot(root: Element): (nodes: readonly Node[]) => void {
  let children: Live[] = [];
  root.replaceChildren();
  return (nodes) => {
    const later: Later = [];
    children = patchChildren(root, children, nodes, later);
    for (const call of later) call();
  };
}

function patchChildren(parent: Element, old: readonly Live[], nodes: readonly Node[], later: Later): Live[] {
  const keyed = new Map<string, Live>();
  const others: Live[] = [];
  for (const live of old) {
    const key = keyOf(live.description);
    if (key === undefined) others.push(live);
    else keyed.set(key, live);
  }
  let next = 0;
  const kept = new Set<Live>();
  const children = nodes.map((node) => {
    const key = keyOf(node);
    const candidate = key === undefined ? others[next++] : keyed.get(key);
    if (candidate !== undefined && !kept.has(candidate) && isAlike(candidate.description, node)) {
      kept.add(candidate);
      update(candidate, node, later);
      return candidate;
    }
    return create(node, later);
  });
  for (const live of old) if (!kept.has(live)) remove(live);
  // From the end, so that each one's successor stands already; what is in its place is not moved, or it would lose the focus.
  let successor: ChildNode | null = null;
  for (const { element } of children.toReversed()) {
    if (element.parentNode !== parent || element.nextSibling !== successor) parent.insertBefore(element, successor);
    successor = element;
  }
  return children;
}

const keyOf = (node: Node): string | undefined => (typeof node === 'string' ? undefined : node.properties.key);

function isAlike(one: Node, other: Node): boolean {
  if (typeof one === 'string' || typeof other === 'string') return typeof one === typeof other;
  return one.tag === other.tag;
}

function create(node: Node, later: Later): Live {
  if (typeof node === 'string') {
    return {
      ...{ element: document.createTextNode(node), description: node, children: [] },
      handlers: new Map(),
      leave: undefined,
    };
  }
  const element = svgTags.has(node.tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', node.tag)
    : document.createElement(node.tag);
  const live: Live = { element, description: node, children: [], handlers: new Map(), leave: undefined };
  live.children = patchChildren(element, [], node.children, later);
  setProperties(live, element, {}, node.properties);
  const { mounted } = node.properties;
  if (mounted !== undefined) {
    later.push(() => {
      live.leave = mounted(element);
    });
  }
  return live;
}

function update(live: Live, node: Node, later: Later): void {
  const { element, description } = live;
  live.description = node;
  if (typeof node === 'string' || typeof description === 'string') {
    if (description !== node) element.textContent = String(node);
    return;
  }
  if (description === node || !(element instanceof Element)) return;
  live.children = patchChildren(element, live.children, node.children, later);
  setProperties(live, element, description.properties, node.properties);
  const { updated } = node.properties;
  if (updated !== undefined) later.push(() => updated(element));
}

function remove(live: Live): void {
  leaveAll(live);
  live.element.remove();
}

function leaveAll(live: Live): void {
  live.leave?.();
  live.children.forEach(leaveAll);
}

function setProperties(live: Live, element: Element, old: Properties, now: Properties): void {
  const before = attributesOf(old);
  const after = attributesOf(now);
  for (const name of before.keys()) if (!after.has(name)) element.removeAttribute(name);
  for (const [name, value] of after) if (before.get(name) !== value) element.setAttribute(name, value);
  if (now.value !== undefined && now.value !== old.value && 'value' in element) element.value = now.value;
  if (now.checked !== undefined && now.checked !== old.checked && 'checked' in element) element.checked = now.checked;
  if (now.style !== undefined && (element instanceof HTMLElement || element instanceof SVGElement)) {
    for (const [name, value] of Object.entries(now.style)) element.style.setProperty(name, value);
  }
  const wanted = new Set(Object.keys(now.on ?? {}));
  for (const type of live.handlers.keys()) if (!wanted.has(type)) live.handlers.delete(type);
  for (const [type, handler] of Object.entries(now.on ?? {})) {
    // One listener for each type, which calls the handler that is described at the time.
    if (!live.handlers.has(type)) element.addEventListener(type, (event) => live.handlers.get(type)?.(event));
    live.handlers.set(type, handler);
  }
}

function attributesOf(properties: Properties): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [name, value] of Object.entries(properties)) {
    if (special.has(name) || value === undefined) continue;
    if (name === 'href' && !/^(?:#|\/(?!\/))/.test(String(value))) continue;
    const isWord = name.startsWith('aria-') || name.startsWith('data-') || name === 'spellcheck';
    if (isWord || typeof value !== 'boolean') attributes.set(name, String(value));
    else if (value) attributes.set(name, '');
  }
  return attributes;
}
