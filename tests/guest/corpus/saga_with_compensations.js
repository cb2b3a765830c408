// An order that is undone in reverse when one of its steps is refused, as a business process would be.
async function main() {
  const log = []
  class Saga {
    #undo = []
    async step(name, act, undo) {
      const answer = await act()
      log.push(`${name}: ${answer}`)
      this.#undo.push([name, undo])
      return answer
    }
    async compensate(reason) {
      log.push(`undo because of ${reason.message}`)
      for (const [name, undo] of this.#undo.reverse()) log.push(`undo ${name}: ${await undo()}`)
    }
  }
  async function order(items, card) {
    const saga = new Saga()
    try {
      await saga.step(
        "reserve",
        () => Promise.all(items.map(item => pause(item))),
        () => pause("release"),
      )
      const total = await saga.step(
        "price",
        async () => (await Promise.all(items.map((_, i) => pause(i + 1)))).reduce((a, b) => a + b),
        () => "nothing",
      )
      await saga.step(
        "charge",
        () => (card === "bad" ? refuse("no money") : pause(total)),
        () => pause("refund"),
      )
      return { status: "ordered", total }
    } catch (error) {
      await saga.compensate(error)
      return { status: "cancelled", cause: error.name }
    }
  }
  const orders = [await order(["pen", "ink"], "good"), await order(["book", "lamp", "desk"], "bad")]
  return { orders, log }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "orders": [{"status": "ordered", "total": 30}, {"status": "cancelled", "cause": "ValueError"}],
  "log": [
    "reserve: pen!,ink!", "price: 30", "charge: 300", "reserve: book!,lamp!,desk!", "price: 60",
    "undo because of no money", "undo price: nothing", "undo reserve: release!"
  ]
}
*/
