// Objects of another realm: its own prototypes, closures that wait for calls made there, and errors thrown across.
// needs: realm
async function main() {
  const log = []
  const foreign = other.eval(`
    var counter = 0
    class Foreign {
      #secret = "foreign"
      static read(object) { return #secret in object ? object.#secret : "none" }
    }
    const waits = async name => [name, await pause(name), counter].join()
    const exported = { list: [1, 2], Foreign, waits, next: () => ++counter, fails() { null.x } }
    exported
  `)
  log.push(foreign.list instanceof Array, foreign.list instanceof other.Array, Array.isArray(foreign.list))
  log.push(await foreign.waits("there"), await pause("here"))
  foreign.next()
  const waiting = foreign.waits("again")
  other.Array.prototype.patched = "only there"
  await pause("between")
  log.push(await waiting, foreign.list.patched, [].patched ?? "not here", foreign.next())
  const mine = new foreign.Foreign()
  log.push(foreign.Foreign.read(mine), foreign.Foreign.read({}), mine.constructor === foreign.Foreign)
  try {
    foreign.fails()
  } catch (error) {
    await pause("thrown across")
    log.push(error instanceof TypeError, error instanceof other.TypeError, error.name)
  }
  const map = new other.Map([[mine, "by identity"]])
  await pause("map")
  log.push(
    Map.prototype.get.call(map, mine),
    other.eval("typeof counter"),
    typeof counter,
    other.Symbol.iterator === Symbol.iterator,
  )
  log.push(await other.Promise.resolve(pause("foreign promise")), other.Symbol.for("x") === Symbol.for("x"))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  false, true, true, "there,there!,0", "here!", "again,again!,1", "only there", "not here", 2, "foreign", "none",
  true, false, true, "TypeError", "by identity", "number", "undefined", true, "foreign promise!", true
]
*/
