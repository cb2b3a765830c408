// Iterator.concat in progress: which of its iterables it is at, and that later ones have not been opened yet.
async function main() {
  const log = []
  const noisy = name => ({
    *[Symbol.iterator]() {
      log.push(`open ${name}`)
      try {
        yield `${name}1`
        yield `${name}2`
      } finally {
        log.push(`close ${name}`)
      }
    },
  })
  const all = Iterator.concat(noisy("a"), [10, 20], noisy("b"), noisy("c"))
  const out = []
  for (const value of all) {
    out.push(value, await pause(value))
    if (value === "b1") break
  }
  await pause("closed")
  return { out, log, next: all.next().done }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "out": ["a1", "a1!", "a2", "a2!", 10, 100, 20, 200, "b1", "b1!"],
  "log": ["open a", "close a", "open b", "close b"],
  "next": true
}
*/
