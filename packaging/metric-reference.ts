/** The metrics as a table, made from their declarations. */
import type { declarations as all, Declaration } from '../src/metrics/declarations.ts';

export function metricReference(declarations: typeof all): string {
  const rows = Object.entries(declarations).map(([name, { type, help, labels = [] }]: [string, Declaration]) => {
    const labelled = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labelled} | ${help} |`;
  });
  return ['| Metric | Type | Labels | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
