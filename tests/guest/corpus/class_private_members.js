// Private fields, methods, accessors and statics belong to the class that made them, and to no other of the same text.
async function main() {
  const log = []
  function makeClass(label) {
    return class Account {
      #balance = 0
      #history = []
      static #count = 0
      static #register() {
        return ++Account.#count
      }
      constructor() {
        this.number = Account.#register()
      }
      get #total() {
        return this.#balance
      }
      set #total(value) {
        this.#history.push(this.#balance)
        this.#balance = value
      }
      async #ask(amount) {
        return (await pause(amount)) + this.#history.length
      }
      async deposit(amount) {
        this.#total += await this.#ask(amount)
        return this
      }
      static owns(value) {
        return #balance in value
      }
      static steal(other) {
        return other.#balance
      }
      get report() {
        return `${label} ${this.number}: ${this.#total} [${this.#history}]`
      }
      static get count() {
        return Account.#count
      }
    }
  }
  const First = makeClass("first"),
    Second = makeClass("second")
  const a = new First(),
    b = new Second(),
    c = new First()
  await a.deposit(1)
  await Promise.all([a.deposit(2), b.deposit(3), c.deposit(4)])
  log.push(a.report, b.report, c.report)
  log.push([First.owns(a), First.owns(b), Second.owns(b), First.count, Second.count].join())
  await pause("between")
  try {
    First.steal(b)
  } catch (error) {
    log.push(error instanceof TypeError)
  }
  log.push(First.steal(c), new First().report)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["first 1: 31 [0,10]", "second 1: 30 [0]", "first 2: 40 [0]", "true,false,true,2,1", true, 40, "first 3: 0 []"]
*/
