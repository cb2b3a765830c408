// Promises whose resolving functions are held elsewhere, resolved once, with other promises, after a restore.
async function main() {
  const log = []
  const deferred = Array.from({ length: 4 }, () => Promise.withResolvers())
  const results = deferred.map(({ promise }, index) =>
    promise.then(
      value => log.push(`${index} has ${value}`),
      error => log.push(`${index} failed with ${error}`),
    ),
  )
  await pause("made")
  deferred[0].resolve("first")
  deferred[0].resolve("second")
  deferred[0].reject("third")
  deferred[1].resolve(deferred[2].promise)
  deferred[1].reject("too late")
  await pause("resolved")
  deferred[2].reject(await pause("reason"))
  deferred[3].resolve({
    get then() {
      log.push("then was read")
      return done => pause("thenable").then(done)
    },
  })
  await Promise.all(results)
  log.push(await Promise.try(async input => (await pause(input)) + 1, 4))
  log.push(
    await Promise.try(() => {
      throw new Error("sync")
    }).catch(error => error.message),
  )
  const self = Promise.withResolvers()
  self.resolve(self.promise)
  log.push(await self.promise.catch(error => error instanceof TypeError))
  let release
  const gate = new Promise(resolve => {
    release = resolve
  })
  const waiting = [1, 2, 3].map(async n => {
    await gate
    return n * (await pause(n))
  })
  release(pause("gate"))
  log.push((await Promise.all(waiting)).join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "0 has first", "then was read", "2 failed with reason!", "1 failed with reason!", "3 has thenable!", 41, "sync",
  true, "10,40,90"
]
*/
