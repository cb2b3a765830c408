// yield* of async generators and hand-made async iterators: what is sent, thrown and returned goes through all of them.
async function main() {
  const log = []
  async function* inner(name) {
    try {
      log.push(`${name} got ${yield pause(`${name} 1`)}`)
      yield await pause(`${name} 2`)
    } catch (error) {
      log.push(`${name} caught ${error}`)
      yield await pause(`${name} recovers`)
    } finally {
      log.push(await pause(`${name} closes`))
    }
    return `${name} result`
  }
  const handmade = {
    [Symbol.asyncIterator]: () => ({
      next: async sent => ({ value: await pause(`handmade ${sent}`), done: false }),
      throw: async error => ({ value: `thrown ${error} ${await pause("in throw")}`, done: true }),
    }),
  }
  async function* outer() {
    log.push(yield* inner("a"))
    log.push(yield* handmade)
    log.push(yield* inner("b"))
  }
  const walk = outer(),
    steps = []
  steps.push(await walk.next("ignored"), await walk.next("to a"), await walk.throw("into a"))
  steps.push(await walk.next(), await walk.next("to handmade"))
  steps.push(await walk.throw("into handmade"), await walk.return(pause("early")), await walk.next())
  return { steps: steps.map(({ value, done }) => [value ?? null, done]), log }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "steps": [
    ["a 1!", false],
    ["a 2!", false],
    ["a recovers!", false],
    ["handmade undefined!", false],
    ["handmade to handmade!", false],
    ["b 1!", false],
    ["early!", true],
    [null, true]
  ],
  "log": ["a got to a", "a caught into a", "a closes!", "a result", "thrown into handmade in throw!", "b closes!"]
}
*/
