// What try has returned or thrown is kept while finally waits, unless finally leaves in another way.
async function main() {
  const log = []
  const returnsLate = async () => {
    try {
      return await pause("value")
    } finally {
      log.push(await pause("finally"))
    }
  }
  const overrides = async () => {
    try {
      return "lost"
    } finally {
      return await pause("override")
    }
  }
  const swallows = async () => {
    try {
      throw new Error("lost")
    } finally {
      await pause(1)
      return "swallowed"
    }
  }
  const breaks = async () => {
    for (let i = 0; ; i++) {
      try {
        if (i === 1) return "lost"
        await pause(i)
      } finally {
        if (i === 1) break
        continue
      }
    }
    return "broke out"
  }
  const rethrows = async () => {
    try {
      try {
        await refuse("inner")
      } finally {
        await pause("inner finally")
        throw new Error(`from finally`)
      }
    } catch (error) {
      return error.message
    }
  }
  const keepsThrowing = async () => {
    try {
      try {
        await refuse("kept")
      } finally {
        log.push(await pause("while throwing"))
      }
    } catch ({ name, message }) {
      return `${name} ${message}`
    }
  }
  const nested = async () => {
    try {
      try {
        return "a"
      } finally {
        log.push(await pause("f1"))
      }
    } finally {
      log.push(await pause("f2"))
    }
  }
  for (const run of [returnsLate, overrides, swallows, breaks, rethrows, keepsThrowing, nested]) log.push(await run())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "finally!", "value!", "override!", "swallowed", "broke out", "from finally", "while throwing!", "ValueError kept",
  "f1!", "f2!", "a"
]
*/
