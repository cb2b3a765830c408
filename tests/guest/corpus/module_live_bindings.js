// Bindings of modules are live, through namespaces, aliases and circles, before and after a restore.
// keeps: a module is never unloaded
async function main() {
  const log = []
  const counter = await import("counter.js")
  log.push(counter.count, counter.increase(), counter.count, counter.alias)
  await pause("counted")
  log.push(counter.increase(await pause(1)), counter.count, counter.alias)
  const again = await import("./counter.js")
  log.push(again === counter, new again.default().number, Object.keys(counter).join())
  await pause("namespace")
  try {
    ;(() => {
      "use strict"
      counter.count = 5
    })()
  } catch (error) {
    log.push(error.name, Object.getOwnPropertyDescriptor(counter, "count").writable, counter[Symbol.toStringTag])
  }
  const { isEven } = await import("even.js"),
    { isOdd } = await import("odd.js")
  log.push(await isEven(4), await isOdd(3), (await import("odd.js")).calls)
  const missing = await import("missing.js").catch(error => error instanceof Error)
  await pause("missing")
  log.push(missing, counter.count)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  0, 1, 1, 1, 11, 11, 11, true, 12, "alias,count,default,increase", "TypeError", true, "Module", "even after 2",
  "even after 4", 4, true, 12
]
*/
