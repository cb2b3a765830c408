export function table(rows) {
  const width = Math.max(...[...rows.keys()].map(name => name.length))
  return [...rows].map(([name, count]) => `${name.padEnd(width)} ${count.toLocaleString("en").padStart(10)}`).join("\n")
}
