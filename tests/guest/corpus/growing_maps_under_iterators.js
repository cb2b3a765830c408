// Maps and Sets that are rebuilt many times over while iterators rest in them: none loses its place.
async function main() {
  const log = []
  const map = new Map(),
    set = new Set(),
    object = {}
  for (let i = 0; i < 8; i++) {
    map.set(`k${i}`, i)
    set.add(i)
    object[`p${i}`] = i
  }
  const entries = map.entries(),
    values = set.values(),
    second = map.keys()
  ;(entries.next(), values.next(), values.next(), second.next())
  for (let i = 8; i < 3_000; i++) {
    map.set(`k${i}`, i)
    set.add(i)
  }
  await pause("grown")
  log.push(entries.next().value.join(), values.next().value)
  for (let i = 0; i < 2_990; i++) {
    map.delete(`k${i}`)
    set.delete(i)
  }
  collect()
  await pause("emptied")
  log.push(entries.next().value.join(), values.next().value, second.next().value, map.size)
  for (let i = 0; i < 500; i++) map.set(i % 2 ? i : { i }, "mixed keys")
  await pause("mixed")
  let count = 0
  for (const [key] of entries) {
    count++
    if (typeof key === "object") map.delete(key)
  }
  log.push(count, map.size, [...values].length)
  for (const key in object) {
    if (key === "p2") for (let i = 0; i < 200; i++) object[`q${i}`] = i
    if (key === "p3") for (let i = 0; i < 200; i++) delete object[`q${i}`]
    if (key > "p5") await pause(key)
    log.push(key)
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["k1,1", 2, "k2990,2990", 2990, "k2990", 10, 509, 260, 9, "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"]
*/
