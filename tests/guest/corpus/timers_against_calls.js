// Races between timers and calls: time limits, retries that wait longer each time, and what is late is ignored.
async function main() {
  const log = []
  const sleep = (ms, value) => new Promise(resolve => setTimeout(resolve, ms, value))
  const limited = (promise, ms) =>
    Promise.race([
      promise,
      sleep(ms).then(() => {
        throw new Error(`late after ${ms}`)
      }),
    ])
  log.push(await limited(pause("quick"), 500))
  log.push(await limited(new Promise(() => {}), 250).catch(error => error.message))
  const three = [pause("a"), pause("b"), pause("c")].map(call => limited(call, 200).catch(error => error.message))
  log.push(...(await Promise.all(three)))
  const retry = async (attempt, times) => {
    for (let i = 0; ; i++) {
      try {
        return await attempt(i)
      } catch (error) {
        if (i === times) throw new Error("gave up", { cause: error })
        log.push(`retry ${i} at ${Date.now() - 1_700_000_000_000}`)
        await sleep(125 * 2 ** i)
      }
    }
  }
  log.push(await retry(i => (i < 2 ? refuse(`attempt ${i}`) : pause(`attempt ${i}`)), 3))
  log.push(await retry(i => refuse(`again ${i}`), 1).catch(({ message, cause }) => `${message}: ${cause.message}`))
  let debounced
  const debounce = value => {
    clearTimeout(debounced)
    debounced = setTimeout(() => log.push(`debounced ${value}`), 200)
  }
  for (const key of "abc") debounce(await pause(key))
  await sleep(1_000)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "quick!", "late after 250", "a!", "late after 200", "c!", "retry 0 at 875", "retry 1 at 1125", "attempt 2!",
  "retry 0 at 1625", "gave up: again 1", "debounced c!"
]
*/
