// super in async methods, arrows, accessors and object literals means the home object, wherever the function is.
async function main() {
  const log = []
  class Base {
    static async create(...values) {
      return new this(...values.map(value => `${value}.`))
    }
    constructor(value) {
      this.value = value
    }
    async load(key) {
      return `base ${key} ${this.value}`
    }
    get size() {
      return 10
    }
    set size(value) {
      log.push(`size set to ${value} of ${this.value}`)
    }
  }
  class Derived extends Base {
    static async create(value) {
      return super.create(await pause(value))
    }
    constructor(value) {
      const later = async () => {
        await pause("in constructor")
        return this.value
      }
      super(value)
      this.later = later
    }
    async load(key) {
      const inner = async () => `${await super.load(await pause(key))} via arrow`
      return [await inner(), await super.load("direct")].join(" | ")
    }
    async grow() {
      super.size = (await pause(super.size)) + super.size
      return super.size
    }
    async dynamic() {
      return super[await pause("load")]?.name ?? "no such method"
    }
  }
  const object = await Derived.create("made")
  log.push(object.value, await object.later(), await object.load("k"), await object.grow(), await object.dynamic())
  const literal = {
    __proto__: { who: () => "prototype" },
    async who() {
      await pause(0)
      return `not ${super.who()}`
    },
  }
  const { who } = literal
  Object.setPrototypeOf(literal, { who: () => "new prototype" })
  log.push(await who.call({}), Object.hasOwn(object, "size"))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "size set to 110 of made!.", "made!.", "made!.", "base k! made!. via arrow | base direct made!.", 10,
  "no such method", "not new prototype", false
]
*/
