// Solutions of the queens' problem come from a recursive generator, each confirmed by the host before the next.
async function main() {
  const confirmed = []
  function* queens(size, row = 0, columns = [], used = new Set()) {
    if (row === size) {
      yield columns.join("")
      return
    }
    for (let column = 0; column < size; column++) {
      const marks = [`c${column}`, `d${row + column}`, `u${row - column}`]
      if (marks.some(mark => used.has(mark))) continue
      marks.forEach(mark => used.add(mark))
      columns.push(column)
      yield* queens(size, row + 1, columns, used)
      columns.pop()
      marks.forEach(mark => used.delete(mark))
    }
  }
  const search = queens(6),
    larger = queens(8)
  for (const solution of search) confirmed.push(await pause(solution), larger.next().value)
  await pause("nearly")
  return { confirmed, left: [...larger].length }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "confirmed": ["135024!", "04752613", "251403!", "05726314", "304152!", "06357142", "420531!", "06471352"],
  "left": 88
}
*/
