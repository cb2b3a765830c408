// A class definition waits in its heritage and in computed keys, half made, and is whole afterwards.
async function main() {
  const log = []
  class Base {
    constructor() {
      this.kind = new.target.name
    }
    describe() {
      return `${this.kind} of Base`
    }
  }
  const name = key => {
    log.push(`key ${key}`)
    return key
  }
  class Derived extends (log.push("heritage"), await pause(1), Base) {
    [name(await pause("first"))]() {
      return super.describe()
    }
    static [name(await pause("second"))] = "static field"
    #hidden = "hidden";
    [name(await pause("third"))] = this.#hidden
    get [name(await pause("fourth"))]() {
      return Derived.name
    }
    static async *[name(await pause("fifth"))]() {
      yield await pause("yielded")
    }
    static {
      log.push(`static block sees ${this["second!"]}`)
    }
  }
  const object = new Derived()
  log.push(object["first!"](), object["third!"], object["fourth!"])
  for await (const value of Derived["fifth!"]()) log.push(value)
  log.push(Object.getOwnPropertyNames(Derived.prototype).join(), Object.getPrototypeOf(Derived) === Base)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "heritage", "key first!", "key second!", "key third!", "key fourth!", "key fifth!",
  "static block sees static field", "Derived of Base", "hidden", "Derived", "yielded!", "constructor,first!,fourth!",
  true
]
*/
