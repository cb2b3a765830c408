// Bound functions keep target, this and arguments; binding again, constructing and naming go through.
async function main() {
  const log = []
  function describe(greeting, ...rest) {
    return `${greeting} ${this?.name ?? "nobody"} ${rest}`
  }
  async function waits(step) {
    this.total += await pause(step)
    return this.total
  }
  const owner = { name: "owner", total: 0 }
  const bound = describe.bind(owner, "hello"),
    twiceBound = bound.bind({ name: "ignored" }, 1, 2)
  const counting = waits.bind(owner, 1)
  log.push(bound(), twiceBound(3), twiceBound.name, bound.length, twiceBound.length)
  log.push(await counting(), await counting(100))
  owner.name = await pause("renamed")
  log.push(twiceBound())
  class Point {
    constructor(x, y) {
      this.x = x
      this.y = y
      this.by = new.target.name
    }
  }
  const OnAxis = Point.bind(null, 0)
  await pause("class")
  const point = new OnAxis(5)
  log.push(JSON.stringify(point), point instanceof OnAxis, Object.hasOwn(OnAxis, "prototype"))
  const push = Array.prototype.push.bind([1]),
    host = twice.bind(null, 21),
    paused = pause.bind(null, "by bound pause")
  push(2)
  await pause("natives")
  log.push(push(3), host(), await paused())
  const unbound = Function.prototype.call.bind(Array.prototype.slice)
  log.push(unbound([1, 2, 3], 1).join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "hello owner ", "hello owner 1,2,3", "bound bound describe", 0, 0, 10, 20, "hello renamed! 1,2",
  "{\"x\":0,\"y\":5,\"by\":\"Point\"}", true, false, 3, 42, "by bound pause!", "2,3"
]
*/
