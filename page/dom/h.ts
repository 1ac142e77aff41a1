/** Describes a piece of the page as plain objects; `patch.ts` makes elements of them. Text stays text: there is no markup. */

/** What an element can have. Nothing else can be set, so nothing that comes from an event can become code. */
export interface Properties {
  readonly [attribute: `aria-${string}` | `data-${string}`]: string | number | boolean | undefined;
  readonly class?: string | undefined;
  readonly id?: string;
  readonly role?: string;
  /** Within the page or below its origin: anything else is left out. */
  readonly href?: string;
  readonly title?: string | undefined;
  readonly type?: string;
  readonly name?: string;
  readonly for?: string;
  readonly placeholder?: string;
  readonly autocomplete?: string;
  readonly scope?: string;
  readonly lang?: string;
  readonly dir?: string;
  readonly datetime?: string;
  readonly tabindex?: number;
  readonly rows?: number;
  readonly colspan?: number;
  readonly spellcheck?: boolean;
  readonly disabled?: boolean | undefined;
  readonly hidden?: boolean;
  readonly open?: boolean;
  readonly selected?: boolean;
  readonly autofocus?: boolean;
  readonly method?: string;
  /** Of SVG. */
  readonly viewBox?: string;
  readonly points?: string;
  readonly preserveAspectRatio?: string;
  readonly d?: string;
  /** Of form fields: set when it changes here, so that what is typed meanwhile stays. */
  readonly value?: string;
  readonly checked?: boolean;
  /** Custom properties of CSS, set from script. */
  readonly style?: Readonly<Record<`--${string}`, string>>;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  /** Among its siblings: an element with the same key is kept, with what is focused in it. */
  readonly key?: string;
  /** Called when the element is in the document; what it answers is called when it leaves. */
  readonly mounted?: (element: Element) => (() => void) | undefined;
  /** Called at each change after that. */
  readonly updated?: (element: Element) => void;
}

export interface Described {
  readonly tag: string;
  readonly properties: Properties;
  readonly children: readonly Node[];
}

export type Node = Described | string;
/** What is absent is left out. */
export type Child = Node | number | false | undefined | null | readonly Child[];

export function h(tag: string, properties: Properties = {}, ...children: readonly Child[]): Described {
  return { tag, properties, children: nodesOf(children) };
}

function nodesOf(children: readonly Child[]): readonly Node[] {
  const nodes: Node[] = [];
  for (const child of children) {
    if (child === false || child === undefined || child === null) continue;
    if (typeof child === 'number') nodes.push(String(child));
    else if (typeof child === 'string' || 'tag' in child) nodes.push(child);
    else nodes.push(...nodesOf(child));
  }
  return nodes;
}
