// Symbols keep their identity: unique, registered, well-known, as keys, in private-like protocols and conversions.
async function main() {
  const log = []
  const unique = Symbol("same"),
    other = Symbol("same"),
    registered = Symbol.for("corpus"),
    nameless = Symbol()
  const object = { [unique]: 1, [other]: 2, [registered]: 3, plain: 4, [Symbol.toStringTag]: "Tagged" }
  await pause("made")
  log.push(object[unique], object[other], object[Symbol.for("corpus")], Symbol.keyFor(registered), `${object}`)
  log.push(Object.getOwnPropertySymbols(object).map(String).join(), nameless.description ?? "no description")
  class Money {
    constructor(amount) {
      this.amount = amount
    }
    [Symbol.toPrimitive](hint) {
      return hint === "number" ? this.amount : `${hint}:${this.amount}`
    }
    get [Symbol.isConcatSpreadable]() {
      return true
    }
    get length() {
      return 2
    }
    get 0() {
      return "spread"
    }
    get 1() {
      return this.amount
    }
  }
  const money = new Money(await pause(5))
  log.push(+money, `${money}`, money + "", money * 2, [0].concat(money).join())
  const back = await pause(registered)
  log.push(back === registered, (await pause({ key: unique })).key === unique)
  const search = {
    [Symbol.search]: text => text.length,
    [Symbol.split]: text => [...text].reverse(),
    [Symbol.match]: null,
  }
  await pause("protocols")
  log.push("four".search(search), "abc".split(search).join(), "x".startsWith(search) || "not a pattern")
  try {
    ;`${unique}`
  } catch (error) {
    log.push(error.name, unique.toString(), Object(unique) == unique, typeof Object(unique))
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  1, 2, 3, "corpus", "[object Tagged]", "Symbol(same),Symbol(same),Symbol(corpus),Symbol(Symbol.toStringTag)",
  "no description", 50, "string:50", "default:50", 100, "0,spread,50", true, true, 4, "c,b,a", "not a pattern",
  "TypeError", "Symbol(same)", true, "object"
]
*/
