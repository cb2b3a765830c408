// The order of microtasks: queueMicrotask, then, await and thenables that are interleaved around each wait.
async function main() {
  const log = []
  const chain = (name, length) => {
    let promise = Promise.resolve()
    for (let i = 0; i < length; i++)
      promise = promise.then(() => {
        log.push(`${name}${i}`)
      })
    return promise
  }
  async function steps(name, count) {
    for (let i = 0; i < count; i++) {
      await null
      log.push(`${name}${i}`)
    }
    return Promise.resolve(name)
  }
  const round = async label => {
    queueMicrotask(() => {
      log.push("micro")
      queueMicrotask(() => log.push("nested micro"))
    })
    const all = [chain("c", 3), steps("s", 3), Promise.resolve(steps("r", 1)).finally(() => log.push("finally"))]
    new Promise(resolve =>
      resolve({
        then: done => {
          log.push("thenable")
          done()
        },
      }),
    ).then(() => log.push("after thenable"))
    log.push(label)
    await Promise.all(all)
  }
  await round("start")
  const inHostCall = chain("h", 2)
  log.push(await pause("one"))
  await inHostCall
  await round("again")
  const answers = [pause("x"), pause("y"), pause("z")].map(call =>
    call.then(value => {
      log.push(value)
      return chain(value, 2)
    }),
  )
  await Promise.all(answers)
  setTimeout(() => {
    log.push("timer")
    chain("t", 1)
  }, 1)
  setTimeout(() => log.push("second timer"), 1)
  await pause("timers")
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "start", "micro", "c0", "s0", "r0", "thenable", "nested micro", "c1", "s1", "after thenable", "c2", "s2", "finally",
  "h0", "h1", "one!", "again", "micro", "c0", "s0", "r0", "thenable", "nested micro", "c1", "s1", "after thenable",
  "c2", "s2", "finally", "z!", "z!0", "z!1", "x!", "x!0", "x!1", "y!", "y!0", "y!1", "timer", "t0", "second timer"
]
*/
