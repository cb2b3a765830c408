// Calls wait between their arguments: function, this and the arguments so far are kept, whatever happens to the names.
async function main() {
  const log = []
  let target = {
    name: "first",
    call(...list) {
      return `${this.name}(${list})`
    },
  }
  const old = target
  log.push(target.call(await pause(1), ((target = { name: "second" }), 2), await pause(3)))
  old.call = () => "never: the function was read before"
  target.call = function (...list) {
    return `new ${this.name}(${list})`
  }
  log.push(target.call(...(await pause(["a", "b"])), await pause("c"), ...new Set([4, 5])))
  let pick = (...list) => `pick ${list}`
  const waiting = pick(await pause("x"), (pick = null))
  log.push(waiting, pick)
  log.push(await (await pause(x => pause(x)))(await pause(6)))
  class Pair {
    constructor(a, b) {
      this.text = `${a}-${b}`
    }
  }
  log.push(new Pair(await pause("left"), await pause("right")).text)
  log.push(`${await pause("t1")} and ${[await pause("t2")]} and ${{ toString: () => "object" }}`)
  const nothing = null
  log.push(nothing?.method(await pause("never asked")) ?? "short", target?.call?.(await pause("optional")))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "first(10,2,30)", "new second(a,b,c!,4,5)", "pick x!,", null, 600, "left!-right!", "t1! and t2! and object",
  "short", "new second(optional!)"
]
*/
