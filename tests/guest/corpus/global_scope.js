// Global variables of each kind, and functions that are declared again by code that runs later.
// keeps: what let, const and class declare cannot be taken away
let counter = 0
const fixed = ["fixed"]
class Shape {
  static made = 0
  id = ++Shape.made
}
var old = "var"
implicit = "implicit"
function declared() {
  return `declared ${counter}`
}
async function main() {
  const log = []
  counter += await pause(1)
  ;(0, eval)("let fromEval = 1; var varFromEval = 2; counter++")
  log.push(
    counter,
    typeof fromEval,
    varFromEval,
    "counter" in globalThis,
    "old" in globalThis,
    delete globalThis.implicit,
  )
  ;(0, eval)("function declared() { return `redeclared ${counter} ${fixed}`; }")
  await pause("redeclared")
  log.push(declared(), new Shape().id, new Shape().id, typeof implicit)
  for (const code of ["let counter = 5", "fixed = 1", "var Shape", "new Shape().id"]) {
    try {
      log.push((0, eval)(code) ?? "undefined")
    } catch (error) {
      log.push(error.name)
    }
    await pause(code)
  }
  globalThis.old = await pause("changed")
  log.push(
    old,
    this === undefined,
    (function () {
      return this === globalThis
    })(),
  )
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  11, "undefined", 2, false, true, true, "redeclared 11 fixed", 1, 2, "undefined", "undefined", "TypeError",
  "SyntaxError", 3, "changed!", false, true
]
*/
