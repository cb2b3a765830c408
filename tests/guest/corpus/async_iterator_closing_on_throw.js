// An error thrown in for await waits for the iterator's return() before anybody catches it.
async function main() {
  const log = []
  const source = {
    [Symbol.asyncIterator]() {
      return {
        next: async () => ({ value: await pause("item"), done: false }),
        async return() {
          log.push("closing")
          log.push(await pause("closed"))
          log.push(await pause("really closed"))
          return {}
        },
      }
    },
  }
  try {
    for await (const item of source) throw new Error(`thrown at ${item}`)
  } catch (error) {
    log.push(error.message)
  }
  log.push(await pause("after"))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["closing", "closed!", "really closed!", "thrown at item!", "after!"]
*/
