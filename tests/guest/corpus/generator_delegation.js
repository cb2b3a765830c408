// yield* in progress: through generators and hand-made iterators, with what next, throw and return pass inwards.
async function main() {
  const log = []
  function* inner(name) {
    try {
      const got = yield `${name} 1`
      log.push(`${name} got ${got}`)
      yield `${name} 2`
      return `${name} result`
    } finally {
      log.push(`${name} closed`)
    }
  }
  const handmade = {
    [Symbol.iterator]() {
      let n = 0
      return {
        next: value => ({ value: `handmade ${++n} ${value}`, done: n === 3 }),
        return(value) {
          log.push(`handmade return ${value}`)
          return { value: "kept", done: true }
        },
      }
    },
  }
  function* outer() {
    log.push(`outer has ${yield* inner("a")}`)
    try {
      log.push(`outer has ${yield* inner("b")}`)
    } catch (error) {
      log.push(`outer caught ${error}`)
    }
    log.push(`outer has ${yield* handmade}`)
    yield* handmade
  }
  const walk = outer(),
    steps = []
  steps.push(walk.next().value, walk.next(await pause("to a")).value)
  await pause(1)
  steps.push(walk.next().value)
  await pause(2)
  steps.push(walk.throw("thrown inwards").value)
  steps.push(walk.next(await pause("to handmade")).value)
  steps.push(walk.next("last of the first").value)
  await pause(3)
  steps.push(walk.return("returned inwards"))
  await pause(4)
  steps.push(walk.next().done)
  return { steps, log }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "steps": [
    "a 1",
    "a 2",
    "b 1",
    "handmade 1 undefined",
    "handmade 2 to handmade!",
    "handmade 1 undefined",
    {"value": "kept", "done": true},
    true
  ],
  "log": [
    "a got to a!", "a closed", "outer has a result", "b closed", "outer caught thrown inwards",
    "outer has handmade 3 last of the first", "handmade return returned inwards"
  ]
}
*/
