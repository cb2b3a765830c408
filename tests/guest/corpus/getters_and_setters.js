// Accessors that replace themselves, inherited ones, old ones, and attributes that are changed between awaits.
async function main() {
  const log = []
  let computed = 0
  const lazy = {
    get value() {
      computed++
      const value = pause("lazy")
      Object.defineProperty(this, "value", { value, writable: false, configurable: true, enumerable: true })
      return value
    },
  }
  log.push(await lazy.value, await lazy.value, computed)
  const base = {
    stored: 1,
    get doubled() {
      return this.stored * 2
    },
    set doubled(value) {
      log.push(`set ${value}`)
      this.stored = value / 2
    },
  }
  const child = Object.create(base)
  child.doubled = await pause(1)
  log.push(child.stored, base.stored, Object.keys(child).join())
  Object.defineProperty(base, "doubled", { get: undefined })
  await pause("getter removed")
  log.push(child.doubled === undefined, Object.getOwnPropertyDescriptor(base, "doubled").set.name)
  const object = { a: 1 }
  Object.defineProperty(object, "a", { enumerable: false })
  Object.defineProperty(object, "b", {
    get() {
      return this.a + 1
    },
    enumerable: true,
    configurable: true,
  })
  await pause("attributes")
  log.push(JSON.stringify(object), object.b)
  Object.defineProperty(object, "b", { value: await pause("data now") })
  const described = Object.getOwnPropertyDescriptor(object, "b")
  log.push(described.value, described.writable, described.enumerable)
  const old = { __proto__: null }
  Object.prototype.__defineGetter__.call(old, "x", () => "old way")
  await pause("old")
  log.push(old.x, base.__lookupSetter__("doubled").call(child, 8), child.stored)
  ;(function () {
    "use strict"
    try {
      Object.defineProperty({}, "x", { get: () => 1 }).x = 2
    } catch (error) {
      log.push(error.name)
    }
  })()
  return log.map(entry => entry ?? "nothing")
}
main().then(value => (globalThis.result = value))

/* expected
[
  "lazy!", "lazy!", 1, "set 10", 5, 1, "stored", true, "set doubled", "{\"b\":2}", 2, "data now!", false, true,
  "set 8", "old way", "nothing", 4, "TypeError"
]
*/
