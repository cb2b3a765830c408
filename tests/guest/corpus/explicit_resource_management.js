// `using` and `await using` dispose in reverse order, waiting where they must, and collect errors.
async function main() {
  const log = []
  const resource = name => ({
    name,
    [Symbol.dispose]() {
      log.push(`dispose ${name}`)
    },
  })
  const later = name => ({
    name,
    async [Symbol.asyncDispose]() {
      log.push(await pause(`dispose ${name}`))
    },
  })
  const broken = name => ({
    [Symbol.dispose]() {
      throw new Error(`broken ${name}`)
    },
  })
  async function work() {
    using a = resource("a"),
      nothing = null
    await using b = later("b")
    using c = resource("c")
    log.push(`working with ${a.name} ${nothing} ${b.name} ${await pause(c.name)}`)
    return "worked"
  }
  log.push(await work())
  for (using item of [resource("x"), resource("y")]) log.push(await pause(item.name))
  try {
    await using d = later("d")
    using e = broken("e"),
      f = broken("f")
    await refuse("body")
  } catch (error) {
    log.push(
      [error.name, error.error.message, error.suppressed.error.message, error.suppressed.suppressed.message].join(),
    )
  }
  await using stack = new AsyncDisposableStack()
  stack.use(later("in stack"))
  stack.defer(async () => log.push(await pause("deferred")))
  const moved = stack.move()
  moved.adopt("adopted", value => log.push(value))
  await pause("before")
  await moved.disposeAsync()
  log.push(moved.disposed, stack.disposed)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "working with a null b c!", "dispose c", "dispose b!", "dispose a", "worked", "x!", "dispose x", "y!", "dispose y",
  "dispose d!", "SuppressedError,broken e,broken f,body", "adopted", "deferred!", "dispose in stack!", true, true
]
*/
