// A rejection that nobody handles is reported once; a handler that comes after a restore is reported too.
async function main() {
  const log = []
  const lonely = Promise.reject(new Error("handled late"))
  const never = refuse("never handled")
  const early = Promise.reject("handled at once")
  early.catch(reason => log.push(reason))
  await pause(1)
  log.push(await lonely.catch(error => error.message))
  await pause(2)
  const fromHost = refuse("from the host")
  await pause(3)
  await pause(4)
  fromHost.catch(error => log.push(error.message))
  const second = (async () => {
    await pause("inside")
    throw new TypeError("async function")
  })()
  await pause(5)
  await pause(6)
  log.push(
    await second.then(
      () => "never",
      error => error.name,
    ),
  )
  log.push(Object.prototype.toString.call(never))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["handled at once", "handled late", "from the host", "TypeError", "[object Promise]"]
*/

/* printed
[
  "unhandled: Error: handled late", "unhandled: ValueError: never handled", "handled late: Error: handled late",
  "unhandled: ValueError: from the host", "handled late: ValueError: from the host",
  "unhandled: TypeError: async function", "handled late: TypeError: async function"
]
*/
