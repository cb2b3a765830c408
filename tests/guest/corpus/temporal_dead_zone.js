// Variables that are declared but not yet initialised stay so while the function waits.
async function main() {
  const log = []
  const attempt = run => {
    try {
      return run()
    } catch (error) {
      return error.name
    }
  }
  const readLate = () => late,
    writeLate = () => {
      late = 1
    },
    typeLate = () => typeof late
  const hoisted = typeof inBlock
  log.push(attempt(readLate), attempt(writeLate), attempt(typeLate), hoisted)
  const made = await pause("before")
  log.push(attempt(readLate))
  {
    log.push(typeof inBlock)
    function inBlock() {
      return "first"
    }
    await pause("block")
    log.push(inBlock())
  }
  log.push(inBlock())
  let late = await pause("initialiser")
  log.push(attempt(readLate), attempt(writeLate) ?? "assigned", late, made)
  const fixed = await pause("const")
  log.push(
    attempt(() => {
      fixed = 1
    }),
    fixed,
  )
  class Early {
    static self = attempt(() => Early.name)
    static next = attempt(() => Later)
  }
  await pause("class")
  class Later {}
  log.push(
    Early.self,
    Early.next,
    attempt(() => Later.name),
  )
  const named = function inner() {
    "use strict"
    return attempt(() => {
      inner = 1
    })
  }
  const quiet = function inner() {
    inner = 1
    return typeof inner
  }
  await pause("names")
  log.push(named(), quiet())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "ReferenceError", "ReferenceError", "ReferenceError", "undefined", "ReferenceError", "function", "first", "first",
  "initialiser!", "assigned", 1, "before!", "TypeError", "const!", "Early", "ReferenceError", "Later", "TypeError",
  "function"
]
*/
