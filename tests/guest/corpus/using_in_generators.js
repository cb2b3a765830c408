// Resources of generators that rest: disposed by return, by throw and by the end, in sync, async and nested ones.
async function main() {
  const log = []
  const resource = name => ({
    [Symbol.dispose]() {
      log.push(`dispose ${name}`)
    },
  })
  const later = name => ({
    async [Symbol.asyncDispose]() {
      log.push(await pause(`dispose ${name}`))
    },
  })
  function* sync(name) {
    using outer = resource(`${name} outer`)
    for (const round of [1, 2]) {
      using inner = resource(`${name} inner ${round}`)
      yield round
    }
  }
  async function* slow(name) {
    await using held = later(`${name} held`)
    for (let i = 0; ; i++) {
      await using each = later(`${name} each ${i}`)
      yield await pause(i)
    }
  }
  const returned = sync("returned"),
    thrown = sync("thrown"),
    ended = sync("ended")
  for (const one of [returned, thrown, ended]) one.next()
  await pause("resting")
  log.push(returned.return("value").value)
  try {
    thrown.throw(new Error("from outside"))
  } catch ({ message }) {
    log.push(message)
  }
  ended.next()
  await pause("second round")
  log.push(ended.next().done)
  for await (const value of slow("async")) {
    log.push(value)
    if (value === 10) break
  }
  using stack = new DisposableStack()
  stack.adopt("adopted", value => log.push(value))
  stack.defer(() => log.push("deferred"))
  await pause("stack")
  stack.dispose()
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "dispose returned inner 1", "dispose returned outer", "value", "dispose thrown inner 1", "dispose thrown outer",
  "from outside", "dispose ended inner 1", "dispose ended inner 2", "dispose ended outer", true, 0,
  "dispose async each 0!", 10, "dispose async each 1!", "dispose async held!", "deferred", "adopted"
]
*/
