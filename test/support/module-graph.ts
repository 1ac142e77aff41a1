/** The modules of `src/` and what they import from each other: a folder at the top is one, and so is a file that lies beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** An import in a file: of types, of values, or at run time. */
interface FoundImport {
  /** Paths from the top of the source. */
  readonly from: string;
  /** As it is written. */
  readonly specifier: string;
  /** Set for a file of the project. */
  readonly to?: string;
}

export interface ModuleGraph {
  /** All files, as paths from the top of the source, in the order of their names. */
  readonly files: readonly string[];
  readonly imports: readonly FoundImport[];
  /** By module, the modules that it imports: `moduleOf` of the files, both in the order of their names. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
}

/** The module of a file, from its path below the top of the source. */
export function moduleOf(path: string): string {
  const [first = '', second] = path.split('/');
  return second === undefined ? first.replace(/\.ts$/, '') : first;
}

/** Reads every file below `source`. `moduleOfFile` may divide it otherwise, for the graph of what is in one module. */
export function readModuleGraph(source: string, moduleOfFile: (path: string) => string = moduleOf): ModuleGraph {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const imports = files.flatMap((from) => importsOf(source, from));
  const sets = new Map(files.map((file) => [moduleOfFile(file), new Set<string>()]));
  for (const { from, to } of imports) {
    if (to === undefined || to.startsWith('..')) continue;
    const [own, other] = [moduleOfFile(from), moduleOfFile(to)];
    if (own !== other) sets.get(own)?.add(other);
  }
  const edges = new Map([...sets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, to]) => [name, [...to].sort()]));
  return { files, imports, edges };
}

function importsOf(source: string, from: string): readonly FoundImport[] {
  const text = readFileSync(join(source, from), 'utf8');
  return [...text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*'([^']+)'/g)].map(([, specifier = '']) => ({
    from,
    specifier,
    ...(specifier.startsWith('.') && { to: relative(source, join(source, dirname(from), specifier)) }),
  }));
}

/** Modules that can be reached from each other, in groups of more than one: Tarjan's strongly connected components. */
export function cyclesOf(edges: ModuleGraph['edges']): readonly (readonly string[])[] {
  const place = new Map<string, { readonly index: number; low: number; onStack: boolean }>();
  const stack: string[] = [];
  const found: (readonly string[])[] = [];
  const visit = (name: string): { low: number } => {
    const own = { index: place.size, low: place.size, onStack: true };
    place.set(name, own);
    stack.push(name);
    for (const other of edges.get(name) ?? []) {
      const known = place.get(other);
      if (known === undefined) own.low = Math.min(own.low, visit(other).low);
      else if (known.onStack) own.low = Math.min(own.low, known.index);
    }
    if (own.low === own.index) {
      const group = stack.splice(stack.indexOf(name));
      for (const member of group) {
        const known = place.get(member);
        if (known !== undefined) known.onStack = false;
      }
      if (group.length > 1) found.push(group.sort());
    }
    return own;
  };
  for (const name of edges.keys()) if (!place.has(name)) visit(name);
  return found;
}

/** Each module in the lowest layer that lies above all that it imports; the lowest is the first. Undefined with a cycle. */
export function layersOf(edges: ModuleGraph['edges']): readonly (readonly string[])[] | undefined {
  const layers: string[][] = [];
  const placed = new Set<string>();
  while (placed.size < edges.size) {
    const layer = [...edges].flatMap(([name, to]) =>
      !placed.has(name) && to.every((other) => placed.has(other)) ? [name] : [],
    );
    if (layer.length === 0) return undefined;
    for (const name of layer) placed.add(name);
    layers.push(layer);
  }
  return layers;
}
