// A constructor that returns another object gives private members to it, to a Proxy, and refuses to do so twice.
async function main() {
  const log = []
  class Returns {
    constructor(object) {
      return object
    }
  }
  class Stamp extends Returns {
    #mark
    constructor(object, mark) {
      super(object)
      this.#mark = mark
    }
    static read(object) {
      return #mark in object ? object.#mark : "no mark"
    }
    static change(object, mark) {
      object.#mark = mark
    }
  }
  const plain = {},
    frozen = [1],
    proxy = new Proxy({}, { get: () => "trapped" })
  new Stamp(plain, await pause("plain"))
  new Stamp(frozen, await pause("frozen"))
  new Stamp(proxy, await pause("proxy"))
  Object.freeze(frozen)
  log.push(Stamp.read(plain), Stamp.read(frozen), Stamp.read(proxy), Stamp.read({}), proxy.anything)
  await pause("before changes")
  Stamp.change(frozen, "changed")
  log.push(Stamp.read(frozen), Reflect.ownKeys(plain).length, Object.isFrozen(frozen))
  await pause("again")
  try {
    new Stamp(plain, "twice")
  } catch (error) {
    log.push(error instanceof TypeError, Stamp.read(plain))
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["plain!", "frozen!", "proxy!", "no mark", "trapped", "changed", 0, true, true, "plain!"]
*/
