// A turn of a loop that ends with continue has variables of its own, as one has that comes to its end.
async function main() {
  const readers = [],
    log = []
  for (let i = 0; i < 4; i++) {
    readers.push(() => i)
    if (i === 1) continue
    await pause(i)
    if (i === 2) continue
    log.push(i)
  }
  await pause("between")
  outer: for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 2; b++) {
      readers.push(() => `${a}${b}`)
      if (b === a) continue outer
    }
  }
  await pause("end")
  return { log, seen: readers.map(read => read()) }
}
main().then(value => (globalThis.result = value))

/* expected
{"log": [0, 3], "seen": [0, 1, 2, 3, "00", "10", "11"]}
*/
