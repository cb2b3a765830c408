// Error.stackTraceLimit and Error.prepareStackTrace are in force for errors made after a restore.
// keeps: the engine makes the methods of a hidden prototype when they are first used
async function main() {
  const log = []
  const limit = Error.stackTraceLimit
  const deep = n => (n ? deep(n - 1) : new Error("deep"))
  const frames = error => error.stack.split("\n").filter(line => line.includes("deep")).length
  Error.stackTraceLimit = 3
  await pause("limit")
  log.push(frames(deep(8)) <= 3)
  Error.stackTraceLimit = await pause(1)
  log.push(frames(deep(5)) >= 6)
  Error.prepareStackTrace = (error, sites) => [error.message, ...sites.slice(0, 2).map(site => site.getFunctionName())]
  await pause("prepare")
  log.push(deep(2).stack.join())
  const made = deep(1)
  Error.prepareStackTrace = undefined
  Error.stackTraceLimit = limit
  await pause("restored")
  log.push([...made.stack].join(), typeof deep(1).stack)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[true, true, "deep,deep,deep", "deep,deep,deep", "string"]
*/
