// A generator in mid-iteration keeps its locals, its place in try and finally, and what return() and throw() do to it.
async function main() {
  const log = []
  function* walk(start) {
    let local = start
    try {
      while (true) {
        const received = yield ++local
        log.push(`received ${received}`)
        if (received === "stop") return local
      }
    } catch (error) {
      log.push(`caught ${error}`)
      yield "from catch"
    } finally {
      log.push("finally")
      yield "from finally"
      log.push("after finally")
    }
  }
  const returned = walk(0),
    thrown = walk(10),
    stopped = walk(20)
  const firsts = [returned, thrown, stopped].map(one => one.next().value)
  const answer = await pause("a")
  const seconds = [returned, thrown, stopped].map(one => one.next(answer).value)
  await pause(1)
  const endings = [returned.return("early"), thrown.throw("oh"), stopped.next("stop")]
  await pause(2)
  endings.push(returned.next(), thrown.next(), stopped.next())
  await pause(3)
  endings.push(returned.next(), thrown.next(), stopped.next())
  return { firsts, seconds, endings: endings.map(({ value, done }) => [value ?? null, done]), log }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "firsts": [1, 11, 21],
  "seconds": [2, 12, 22],
  "endings": [
    ["from finally", false],
    ["from catch", false],
    ["from finally", false],
    ["early", true],
    ["from finally", false],
    [22, true],
    [null, true],
    [null, true],
    [null, true]
  ],
  "log": [
    "received a!", "received a!", "received a!", "finally", "caught oh", "received stop", "finally", "after finally",
    "finally", "after finally", "after finally"
  ]
}
*/
