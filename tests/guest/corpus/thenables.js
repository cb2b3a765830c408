// Objects with then: read once, called late, called twice, throwing before and after, chained and awaited.
async function main() {
  const log = []
  const kept = {}
  const late = {
    then(resolve) {
      kept.resolve = resolve
      log.push("late then called")
    },
  }
  const waiting = (async () => `late gave ${await late}`)()
  await pause("late")
  kept.resolve("value")
  kept.resolve("ignored")
  log.push(await waiting)
  const throwing = {
    then(resolve) {
      resolve("kept")
      throw new Error("ignored")
    },
  }
  const broken = {
    get then() {
      throw new Error("broken getter")
    },
  }
  log.push(await throwing, await Promise.resolve(broken).catch(error => error.message))
  const chain = { then: resolve => resolve({ then: async done => done(await pause("chained")) }) }
  log.push(await chain)
  const notFunction = await pause({ then: 5 })
  log.push(notFunction.then)
  class Query {
    #conditions = []
    where(condition) {
      this.#conditions.push(condition)
      return this
    }
    then(resolve, reject) {
      return pause(this.#conditions.join(" and "))
        .then(text => `select ${text}`)
        .then(resolve, reject)
    }
  }
  const query = new Query().where("a")
  await pause("query")
  const [first, second] = await Promise.all([query, query.where("b")])
  log.push(first, second, await query.where("c"))
  Number.prototype.then = function (resolve) {
    resolve("not asked")
  }
  log.push(await pause(1))
  delete Number.prototype.then
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "late then called", "late gave value", "kept", "broken getter", "chained!", 5, "select a and b!", "select a and b!",
  "select a and b and c!", 10
]
*/
