// Iterators of an array that grows, shrinks and is reordered between their steps.
async function main() {
  const log = []
  const array = ["a", "b", "c", "d"]
  const values = array.values(),
    entries = array.entries(),
    keys = array.keys()
  log.push(values.next().value, entries.next().value.join(), keys.next().value)
  array.unshift("z")
  await pause(1)
  log.push(values.next().value, entries.next().value.join())
  array.length = 3
  array.reverse()
  await pause(2)
  log.push(values.next().value, entries.next().value.join(), values.next().done)
  array.push("x", "y")
  await pause(3)
  log.push(values.next().done, entries.next().value.join(), [...keys].join())
  const seen = []
  for (const item of array) {
    seen.push(await pause(item))
    if (seen.length < 3) array.push(`${item}${seen.length}`)
    if (item === "x") array.splice(0, 2)
  }
  log.push(seen.join(), array.join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["a", "0,a", 0, "a", "1,a", "z", "2,z", true, true, "3,x", "1,2,3,4", "b!,a!,z!,x!,a2!", "z,x,y,b1,a2"]
*/
