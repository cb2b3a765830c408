// Each turn of a loop has variables of its own: closures made in body and header keep theirs.
async function main() {
  const log = [],
    readers = [],
    writers = []
  for (let i = 0, step = () => i++; i < 3; step(), i++) {
    readers.push(() => i)
    writers.push(value => {
      i = value
    })
    await pause(i)
    if (i > 10) break
  }
  log.push(readers.map(read => read()).join())
  await pause("between")
  writers[0](42)
  log.push(readers.map(read => read()).join())
  const inner = []
  for (const x of [1, 2]) {
    for (const y in { a: 1, b: 2 }) {
      let z = `${x}${y}`
      inner.push(
        async () => (z += await pause(y)),
        () => z,
      )
    }
  }
  log.push(await inner[0](), await inner[6](), inner[1](), inner[7](), inner[3]())
  var shared = []
  for (var v = 0; v < 2; v++) shared.push(() => v)
  await pause("var")
  log.push(shared.map(read => read()).join())
  let n = 0
  const made = []
  while (n < 2) {
    const captured = n++
    made.push(() => captured + n)
    await pause(captured)
  }
  log.push(made.map(run => run()).join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["0,1,2", "42,1,2", "1aa!", "2bb!", "1aa!", "2bb!", "1b", "2,2", "2,3"]
*/
