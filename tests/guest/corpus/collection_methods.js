// Newer methods of Map, WeakMap, Array and Math between awaits, with callbacks that start calls.
async function main() {
  const log = []
  const cache = new Map(),
    weak = new WeakMap(),
    key = {}
  const load = name => cache.getOrInsertComputed(name, asked => pause(asked))
  log.push(...(await Promise.all([load("a"), load("b"), load("a")])), cache.size)
  weak.getOrInsert(key, []).push(await pause("in a list"))
  weak.getOrInsert(key, []).push("again")
  log.push(weak.get(key).join())
  const groups = Map.groupBy(await pause([1, 2, 3, 4]), value => (value % 2 ? key : cache))
  await pause("grouped")
  log.push(groups.get(key).join(), groups.get(cache).join())
  const list = [3, 1, 2],
    sorted = list.toSorted(),
    spliced = list.toSpliced(1, 1, "x", "y")
  await pause("copies")
  log.push(
    list.join(),
    sorted.join(),
    spliced.join(),
    list.at(-1),
    list.findLast(value => value > 1),
  )
  log.push(
    Math.sumPrecise([0.1, 0.2, 0.3, await pause(0.1)]),
    Object.entries(await pause({ x: 1 }))
      .flat()
      .join(),
  )
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["a!", "b!", "a!", 2, "in a list!,again", "1,3", "2,4", "3,1,2", "1,2,3", "3,x,y,2", 2, 2, 1.6, "x,1"]
*/
