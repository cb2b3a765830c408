// Async arrows keep this, arguments and the closure of where they were written, whoever calls them and when.
async function main() {
  const log = []
  class Button {
    label = "button"
    clicks = 0
    onClick = async step => {
      this.clicks += await pause(step)
      return `${this.label} ${this.clicks}`
    }
    bind(emitter) {
      emitter.handlers.push(async () => `${await pause("bound")} ${this.label}`, this.onClick)
    }
  }
  const emitter = { label: "emitter", handlers: [] },
    button = new Button()
  button.bind(emitter)
  log.push(...(await Promise.all(emitter.handlers.map(handler => handler.call(emitter, 1)))))
  button.label = "renamed"
  log.push(await emitter.handlers[0](), await (0, button.onClick)(2))
  const curried = a => async b => async c => [a, await pause(b), await pause(c)].join()
  const second = await curried("a")("b")
  log.push(await second("c"))
  const recursive = async n => (n ? (await recursive(n - 1)) + (await pause(n)) : "done ")
  log.push(await recursive(3))
  const outer = async function () {
    return (async () => ({ self: this.name, list: [...arguments] }))()
  }
  log.push(JSON.stringify(await outer.call({ name: "given" }, await pause(1))))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "bound! button", "button 10", "bound! renamed", "renamed 30", "a,b!,c!", "done 102030",
  "{\"self\":\"given\",\"list\":[10]}"
]
*/
