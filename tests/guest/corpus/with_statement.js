// Inside `with`, names are looked up when they are used: the object may have changed while the function waited.
async function main() {
  const log = []
  let x = "outer x",
    y = "outer y"
  const object = { x: "object x", [Symbol.unscopables]: { hidden: true }, hidden: "never" }
  const hidden = "outer hidden"
  with (object) {
    log.push(x, y, hidden)
    x = await pause("assigned")
    object.y = "object y"
    log.push(y, await pause(x))
    delete object.x
    log.push(x)
    var later = () => [x, y, hidden].join()
    y += await pause(" appended")
  }
  log.push(later(), object.y, y)
  object.x = "back"
  await pause("outside")
  log.push(later())
  const trapped = new Proxy(
    {},
    {
      has: (target, key) => typeof key === "string" && key.startsWith("magic"),
      get: (target, key) => (key === Symbol.unscopables ? undefined : `value of ${key}`),
    },
  )
  with (trapped)
    with ({ magicInner: "inner" }) {
      log.push(magicOuter, magicInner, await pause(magicOuter), typeof nothingHere)
      const method = function () {
        return magicOuter
      }
      await pause(method)
      log.push(method())
    }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "object x", "outer y", "outer hidden", "object y", "assigned!!", "outer x",
  "outer x,object y appended!,outer hidden", "object y appended!", "outer y", "back,object y appended!,outer hidden",
  "value of magicOuter", "inner", "value of magicOuter!", "undefined", "value of magicOuter"
]
*/
