// Reflect's operations on an object whose shape changes from await to await.
async function main() {
  const log = [],
    symbol = Symbol("s")
  const object = { b: 1, 2: "two", a: 2, 1: "one", [symbol]: "symbol" }
  const keys = () => Reflect.ownKeys(object).map(String).join()
  log.push(keys())
  log.push(Reflect.defineProperty(object, "fixed", { value: await pause("value"), enumerable: false }))
  log.push(Reflect.set(object, "fixed", "other"), Reflect.deleteProperty(object, "fixed"), object.fixed)
  Reflect.deleteProperty(object, "b")
  object.b = await pause("again")
  object[0] = "zero"
  log.push(keys())
  const accessor = {
    get value() {
      return this.inner
    },
    set value(value) {
      this.inner = value
    },
  }
  const receiver = { inner: 5 }
  log.push(Reflect.get(accessor, "value", receiver), Reflect.set(accessor, "value", await pause(6), receiver))
  log.push(receiver.inner, Reflect.has(accessor, "inner"))
  class Point {
    constructor(x, y) {
      this.sum = x + y
    }
  }
  log.push(Reflect.construct(Point, await pause([1, 2])).sum, Reflect.apply(Math.max, null, await pause([3, 9, 4])))
  log.push(Reflect.preventExtensions(object), Reflect.isExtensible(object), Reflect.set(object, "new", 1))
  await pause("end")
  log.push(Reflect.setPrototypeOf(object, {}), Reflect.getPrototypeOf(object) === Object.prototype)
  const described = Reflect.getOwnPropertyDescriptor(object, "a")
  return { log, described }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "log": [
    "1,2,b,a,Symbol(s)", true, false, false, "value!", "0,1,2,a,fixed,b,Symbol(s)", 5, true, 60, false, 3, 9, true,
    false, false, false, true
  ],
  "described": {"value": 2, "writable": true, "enumerable": true, "configurable": true}
}
*/
