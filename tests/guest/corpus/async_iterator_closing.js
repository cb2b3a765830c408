// Leaving for await by break, continue and return closes hand-made async iterators, and waits for their return().
async function main() {
  const log = []
  const source = (name, length) => ({
    [Symbol.asyncIterator]() {
      let n = 0
      return {
        async next() {
          const value = await pause(`${name}${++n}`)
          return { value, done: n > length }
        },
        async return() {
          log.push(`${name} closing`)
          log.push(`${name} ${await pause("closed")}`)
          return {}
        },
      }
    },
  })
  async function returns() {
    for await (const item of source("r", 5)) return `returned at ${item}`
  }
  for await (const item of source("b", 5)) {
    log.push(item)
    if (item === "b2!") break
  }
  outer: for (const round of [1, 2]) {
    for await (const item of source(`c${round}-`, 5)) {
      log.push(item)
      continue outer
    }
  }
  log.push(await returns())
  for await (const item of source("e", 1)) log.push(item)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "b1!", "b2!", "b closing", "b closed!", "c1-1!", "c1- closing", "c1- closed!", "c2-1!", "c2- closing",
  "c2- closed!", "r closing", "r closed!", "returned at r1!", "e1!"
]
*/
