// A thousand async functions and three hundred generators that rest within each other.
async function main() {
  const log = []
  async function down(n) {
    if (n === 0) return (await pause("bottom")).length + (await pause(0.1))
    const here = n % 3
    return here + (await down(n - 1))
  }
  log.push(await down(1_000))
  function* nest(n) {
    if (n) yield* nest(n - 1)
    else {
      yield "deepest"
      yield yield
    }
  }
  const walk = nest(300)
  log.push(walk.next().value)
  await pause("deep generator")
  walk.next()
  log.push(walk.next(await pause("sent down")).value, walk.next().done)
  let promise = pause("far away")
  for (let i = 0; i < 1_000; i++) promise = i % 2 ? promise.then(value => value) : promise.finally(() => {})
  await pause("chain made")
  log.push(await promise)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[1008, "deepest", "sent down!", true, "far away!"]
*/
