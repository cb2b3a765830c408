// break and continue to labels leave through finally blocks and iterators that wait.
async function main() {
  const log = []
  const source = name => ({
    n: 0,
    [Symbol.iterator]() {
      return this
    },
    next() {
      return { value: `${name}${++this.n}`, done: this.n > 3 }
    },
    return() {
      log.push(`close ${name}`)
      return {}
    },
  })
  outer: for (const a of source("a")) {
    for (const b of source("b")) {
      try {
        log.push(await pause(a + b))
        if (a === "a1") continue outer
        if (b === "b2") break outer
      } finally {
        log.push(await pause(`leaving ${b}`))
      }
    }
  }
  block: {
    try {
      if (await pause(1)) break block
      log.push("never")
    } finally {
      log.push("block left")
    }
    log.push("never")
  }
  let rounds = 0
  again: do {
    for (;;) {
      if (++rounds % 2) continue again
      await pause(rounds)
      break again
    }
  } while (rounds < 5)
  log.push(rounds)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "a1b1!", "leaving b1!", "close b", "a2b1!", "leaving b1!", "a2b2!", "leaving b2!", "close b", "close a",
  "block left", 2
]
*/
