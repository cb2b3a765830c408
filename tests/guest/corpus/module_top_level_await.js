// Modules that wait at top level, those that import them, and those that fail while they wait.
// keeps: a module is never unloaded
async function main() {
  const log = (globalThis.order = [])
  const importing = import("importer.js"),
    directly = import("waits.js")
  importing.then(() => log.push("importer is there"))
  await pause("meanwhile")
  const { state, second } = await directly
  log.push(state, second)
  const { later, own, waits } = await importing
  log.push(own, waits.state, await later())
  const failing = [import("failing.js"), import("failing.js")].map(promise => promise.catch(error => error))
  const [first, again] = await Promise.all(failing)
  log.push(first.code, first === again)
  await pause("failed")
  log.push((await import("failing.js").catch(error => error)) === first)
  delete globalThis.order
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "waits begins with 0", "waits ends", "importer begins when waits is done", "done", 10, "importer is there",
  "in the module! 10", "done", "done in the module!! 1", "failing begins", "failing module", true, true
]
*/
