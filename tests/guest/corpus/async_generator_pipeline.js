// A pipeline of async generators, each waiting on the one before it, that is closed from its end.
// keeps: the engine makes the methods of a hidden prototype when they are first used
async function main() {
  const log = []
  async function* read() {
    try {
      for (const page of ["1,2", "3,4", "5,6", "7,8"]) yield await pause(page)
    } finally {
      log.push(await pause("close read"))
    }
  }
  async function* split(pages) {
    for await (const page of pages) yield* page.replace("!", "").split(",").map(Number)
  }
  async function* batch(items, size) {
    let waiting = []
    for await (const item of items) {
      waiting.push(item)
      if (waiting.length === size) {
        yield waiting
        waiting = []
      }
    }
    if (waiting.length) yield waiting
  }
  const sums = []
  for await (const items of batch(split(read()), 3)) {
    sums.push(await pause(items.reduce((a, b) => a + b)))
    if (sums.length === 2) break
  }
  return { sums, log }
}
main().then(value => (globalThis.result = value))

/* expected
{"sums": [60, 150], "log": ["close read!"]}
*/
