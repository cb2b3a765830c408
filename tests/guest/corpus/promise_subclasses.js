// A subclass of Promise with fields and species is awaited, chained and combined.
async function main() {
  const log = []
  class Traced extends Promise {
    static made = 0
    #id = ++Traced.made
    label = "no label"
    named(label) {
      this.label = label
      return this
    }
    get id() {
      return this.#id
    }
    then(...handlers) {
      log.push(`then of ${this.label}`)
      return super.then(...handlers)
    }
  }
  class Plain extends Promise {
    static get [Symbol.species]() {
      return Promise
    }
  }
  const first = new Traced(resolve => pause("first").then(resolve)).named("first")
  log.push(await first, first.id > 0)
  const chained = first.then(value => pause(`${value} chained`))
  log.push(chained instanceof Traced, await chained.named("chained"))
  const all = Traced.all([pause("x"), Traced.resolve("y").named("y")]).named("all")
  log.push(all instanceof Traced, (await all).join())
  const plain = new Plain(resolve => resolve(pause("plain")))
  log.push(plain.then(() => 0) instanceof Plain, await plain)
  const { promise, reject } = Traced.withResolvers()
  await pause("before rejecting")
  reject(new Error("traced"))
  log.push(await promise.named("rejected").catch(error => error.message), Traced.made > 5)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "then of first", "first!", true, "then of first", "then of chained", true, "first! chained!", "then of no label",
  "then of y", "then of all", true, "x!,y", false, "plain!", "then of rejected", "then of no label", "traced", true
]
*/
