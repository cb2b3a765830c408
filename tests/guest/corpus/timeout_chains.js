// Timeouts: chains of them, equal deadlines in order of making, arguments, and timers cleared before and by others.
async function main() {
  const log = []
  const at = name => log.push(`${name} at ${Date.now() - 1_700_000_000_000}`)
  const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
  const chain = (async () => {
    for (const ms of [250, 250, 500]) {
      await sleep(ms)
      at(`chain ${ms}`)
    }
  })()
  setTimeout((a, b) => at(`arguments ${a} ${b}`), 500, "x", { toString: () => "object" })
  setTimeout(at, 500, "same deadline")
  const cleared = setTimeout(at, 600, "never")
  const victim = setTimeout(at, 800, "cleared by another")
  setTimeout(() => {
    at("clears")
    clearTimeout(victim)
    setTimeout(at, 0, "from inside")
  }, 750)
  clearTimeout(cleared)
  setTimeout(at, 0, "zero")
  queueMicrotask(() => at("microtask"))
  await sleep(125)
  at("main")
  await pause("with a call")
  at("answered")
  await chain
  clearTimeout(undefined)
  clearTimeout(99_999)
  await sleep(3_000)
  at("end")
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "microtask at 0", "zero at 0", "main at 125", "answered at 250", "chain 250 at 250", "arguments x object at 500",
  "same deadline at 500", "chain 250 at 500", "clears at 750", "from inside at 750", "chain 500 at 1000",
  "end at 4000"
]
*/
