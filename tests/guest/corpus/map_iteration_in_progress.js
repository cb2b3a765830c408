// Iterators of a Map go on while entries are deleted, added again, and cleared between their steps.
async function main() {
  const log = []
  const map = new Map([
    ["a", 1],
    ["b", 2],
    ["c", 3],
    ["d", 4],
  ])
  for (const [key, value] of map) {
    log.push(`${key}${value}`)
    if (value === 1) {
      map.delete("a")
      map.delete("b")
      map.set("a", "again")
    }
    if (key === "c") map.set("e", await pause("e"))
    if (value === "again") map.set("a", "changed").set("late", 5)
    await pause(key)
  }
  const keys = map.keys(),
    entries = map.entries(),
    values = map.values()
  log.push(keys.next().value, entries.next().value.join(), values.next().value)
  map.clear()
  map.set("new", "after clear")
  await pause("cleared")
  log.push(keys.next().value, entries.next().value.join(), values.next().value)
  log.push(keys.next().done)
  map.set("too late", 0)
  await pause("ended")
  log.push(keys.next().done, entries.next().value.join())
  const odd = new Map([
    [NaN, "nan"],
    [-0, "zero"],
    [undefined, "undefined"],
    [null, "null"],
    [map, "map"],
    [1n, "one"],
  ])
  await pause("odd keys")
  log.push([NaN, 0, undefined, null, map, 1n].map(key => odd.get(key)).join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "a1", "c3", "d4", "aagain", "ee!", "late5", "c", "c,3", 3, "new", "new,after clear", "after clear", true, true,
  "too late,0", "nan,zero,undefined,null,map,one"
]
*/
