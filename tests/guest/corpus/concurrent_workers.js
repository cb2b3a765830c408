// Locks, semaphores and queues made of promises: many calls under way, answered out of order.
async function main() {
  const log = []
  class Semaphore {
    #free
    #waiting = []
    constructor(free) {
      this.#free = free
    }
    async run(task) {
      if (this.#free > 0) this.#free--
      else await new Promise(resolve => this.#waiting.push(resolve))
      try {
        return await task()
      } finally {
        const next = this.#waiting.shift()
        if (next) next()
        else this.#free++
      }
    }
  }
  const semaphore = new Semaphore(3)
  let running = 0,
    most = 0
  const jobs = ["a", "b", "c", "d", "e", "f", "g"].map(name =>
    semaphore
      .run(async () => {
        most = Math.max(most, ++running)
        const answer = await (name === "e" ? refuse(name) : pause(name))
        log.push(answer)
        running--
        return answer
      })
      .catch(error => {
        running--
        log.push(`${error.message} failed`)
      }),
  )
  let lock = Promise.resolve(),
    balance = 100
  const withdraw = amount =>
    (lock = lock.then(async () => {
      const before = balance
      await pause(amount)
      if (before >= amount) balance = before - amount
      return balance
    }))
  const balances = [withdraw(30), withdraw(50), withdraw(40)]
  await Promise.all(jobs)
  log.push(most, running, (await Promise.all(balances)).join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["c!", "d!", "e failed", "f!", "g!", "a!", "b!", 4, 0, "70,20,20"]
*/
