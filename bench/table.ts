/** Prints rows under their heading, with numbers aligned to the right. */
export function table(heading: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const lines = [heading, ...rows].map((cells) => cells.map(String))
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  for (const cells of lines) {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    process.stdout.write(`${padded.join('  ')}\n`)
  }
}
