// Subclasses of built-ins keep their inner slots, species and extra fields.
async function main() {
  const log = []
  class Stack extends Array {
    #pushes = 0
    push(...items) {
      this.#pushes += items.length
      return super.push(...items)
    }
    get pushes() {
      return this.#pushes
    }
  }
  class Counter extends Map {
    add(key) {
      return this.set(key, (this.get(key) ?? 0) + 1)
    }
  }
  class Problem extends RangeError {
    constructor(message, code) {
      super(message)
      this.code = code
    }
    get name() {
      return "Problem"
    }
  }
  class Celsius extends Number {
    get fahrenheit() {
      return this * 1.8 + 32
    }
  }
  class Pattern extends RegExp {
    exec(text) {
      const found = super.exec(text)
      log.push(`exec at ${this.lastIndex}`)
      return found
    }
  }
  class Plain extends Array {
    static get [Symbol.species]() {
      return Array
    }
  }
  const stack = new Stack(),
    counter = new Counter(),
    pattern = new Pattern("b", "g")
  stack.push(await pause(1), await pause(2))
  for (const letter of await pause("abca")) counter.add(letter)
  log.push("abcb".replace(pattern, "-"))
  const mapped = stack.map(value => value + 1)
  await pause("between")
  log.push(mapped instanceof Stack, mapped.pushes, stack.pushes, [...mapped].join())
  log.push([...counter].join(" "), counter.size, new Celsius(await pause(10)).fahrenheit)
  log.push(Plain.of(1, 2).filter(Boolean) instanceof Plain)
  try {
    throw new Problem(await pause("m"), 7)
  } catch (error) {
    log.push(`${error}`, error.code, error instanceof RangeError, Object.prototype.toString.call(error))
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "exec at 2", "exec at 4", "exec at 0", "a-c-", true, 0, 2, "11,21", "a,2 b,1 c,1 !,1", 4, 212, false, "Problem: m!",
  7, true, "[object Error]"
]
*/
