/** Prints a table: the runs show what they have seen, not only whether they passed. */

type Cell = string | number;

/** Text to the left, numbers to the right. Written past the test runner, which would put a heading above every call. */
export function printTable(title: string, rows: readonly (readonly Cell[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        typeof cell === 'number' ? String(cell).padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}\n`);
}
