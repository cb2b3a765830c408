// Listeners that wait, that remove themselves and others while an event is under way, and promises of the next event.
async function main() {
  const log = []
  class Emitter {
    #listeners = new Map()
    on(name, listener) {
      if (!this.#listeners.has(name)) this.#listeners.set(name, new Set())
      this.#listeners.get(name).add(listener)
      return () => this.#listeners.get(name).delete(listener)
    }
    once(name) {
      return new Promise(resolve => {
        const off = this.on(name, value => {
          off()
          resolve(value)
        })
      })
    }
    async emit(name, value) {
      let count = 0
      for (const listener of this.#listeners.get(name) ?? []) {
        count++
        await listener(value)
      }
      return count
    }
    async *events(name) {
      for (;;) yield await this.once(name)
    }
  }
  const emitter = new Emitter()
  const offs = ["a", "b", "c"].map(id =>
    emitter.on("event", async value => {
      log.push(`${id} ${value} ${await pause(id)}`)
      if (id === "a") offs[1]()
      if (id === "c") emitter.on("event", () => log.push("added meanwhile"))
    }),
  )
  const next = emitter.once("event")
  log.push(await emitter.emit("event", "first"), await next)
  offs[0]()
  log.push(await emitter.emit("event", "second"), await emitter.emit("nothing"))
  const stream = emitter.events("item"),
    taken = []
  const taking = (async () => {
    for await (const item of stream) {
      taken.push(item)
      if (item === "x2!") return
    }
  })()
  for (const item of ["x1", "x2", "x3"]) await emitter.emit("item", await pause(item))
  await taking
  return { log, taken }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "log": [
    "a first a!", "c first c!", "added meanwhile", 4, "first", "c second c!", "added meanwhile", "added meanwhile", 3,
    0
  ],
  "taken": ["x1!", "x2!"]
}
*/
