// Rejections on their way through catch, finally and rethrow keep the very same error.
async function main() {
  const log = []
  let original
  const outer = async () => {
    try {
      await inner()
    } catch (error) {
      log.push(error === original, await pause("outer catch"))
      throw error
    } finally {
      log.push(await pause("outer finally"))
    }
  }
  const inner = async () => {
    try {
      await refuse("from the host")
    } catch (error) {
      original = error
      await pause("inner catch")
      throw error
    }
  }
  await outer().catch(error => log.push(error === original, `${error}`, error instanceof Error))
  for (const value of [null, 5, { code: 7 }, ["list"]]) {
    await refuse(value).catch(reason => log.push(JSON.stringify(reason)))
  }
  const finallyChain = refuse("chain")
    .finally(() => pause("in finally"))
    .finally(() => {
      log.push("second finally")
    })
    .then(() => log.push("never"))
    .catch(error => {
      throw new Error("wrapped", { cause: error })
    })
  try {
    await finallyChain
  } catch ({ message, cause }) {
    log.push(message, cause.message)
  }
  const replaced = await refuse("lost")
    .finally(() => {
      throw new RangeError("replaced")
    })
    .catch(error => error.name)
  log.push(replaced)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  true, "outer catch!", "outer finally!", true, "ValueError: from the host", true, "null", "5", "{\"code\":7}",
  "[\"list\"]", "second finally", "wrapped", "chain", "RangeError"
]
*/
