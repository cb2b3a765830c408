// for await over what is not async: promises of an array, a rejected one among them, and a sync generator of promises.
// keeps: the engine makes the methods of a hidden prototype when they are first used
async function main() {
  const log = []
  for await (const value of [pause("a"), "plain", pause(1), { then: done => done("thenable") }]) log.push(value)
  function* promises() {
    try {
      yield pause("b")
      yield refuse("c")
      log.push("never")
    } finally {
      log.push("closed")
    }
  }
  try {
    for await (const value of promises()) log.push(value)
  } catch (error) {
    log.push(`${error.name}: ${error.message}`)
  }
  const late = promises()
  for await (const value of late) {
    log.push(await pause(value))
    break
  }
  log.push(late.next().done)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["a!", "plain", 10, "thenable", "b!", "closed", "ValueError: c", "b!!", "closed", true]
*/
