// A bounded channel between producers and consumers, all of them waiting in different places.
async function main() {
  const log = []
  class Channel {
    items = []
    takers = []
    givers = []
    closed = false
    constructor(size) {
      this.size = size
    }
    async give(item) {
      while (this.items.length >= this.size) await new Promise(resolve => this.givers.push(resolve))
      this.items.push(item)
      this.takers.shift()?.()
    }
    close() {
      this.closed = true
      for (const taker of this.takers.splice(0)) taker()
    }
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (!this.items.length) {
          if (this.closed) return
          await new Promise(resolve => this.takers.push(resolve))
        }
        const item = this.items.shift()
        this.givers.shift()?.()
        yield item
      }
    }
  }
  const channel = new Channel(2)
  const produce = async (name, count) => {
    for (let i = 0; i < count; i++) await channel.give(await pause(`${name}${i}`))
  }
  const consume = async name => {
    let count = 0
    for await (const item of channel) {
      log.push(`${name} ${await pause(item)}`)
      count++
    }
    return `${name} took ${count}`
  }
  const consumers = [consume("x"), consume("y")]
  await Promise.all([produce("a", 3), produce("b", 3)])
  channel.close()
  log.push(...(await Promise.all(consumers)))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["x a0!!", "y b0!!", "x a1!!", "y b1!!", "x a2!!", "y b2!!", "x took 3", "y took 3"]
*/
