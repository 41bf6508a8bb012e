type Cell = string | number

/** Prints rows under a title and their heading, with numbers aligned to the right. */
export function table(title: string, heading: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const lines = [heading, ...rows].map((cells) => cells.map(String))
  const widths = heading.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  process.stdout.write(`\n${title}\n`)
  for (const cells of lines) {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    process.stdout.write(`${padded.join('  ')}\n`)
  }
}

/** Says what is going on, for people who wait. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}
