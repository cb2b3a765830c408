// Iterator helpers in mid-iteration: their counters, what they have taken and dropped, inner iterators, and closing.
async function main() {
  const log = []
  function* naturals() {
    try {
      for (let n = 1; ; n++) yield n
    } finally {
      log.push("source closed")
    }
  }
  const source = naturals()
  const chain = source
    .filter((n, index) => {
      log.push(`filter ${n} at ${index}`)
      return n % 2
    })
    .map((n, index) => `${n * n}#${index}`)
    .drop(1)
    .take(4)
  const flat = ["ab", "cde"].values().flatMap(function* (word) {
    yield* word
  })
  const out = [chain.next().value, flat.next().value]
  await pause(1)
  out.push(chain.next().value, flat.next().value, flat.next().value)
  await pause(2)
  out.push(chain.next().value, flat.next().value)
  await pause(3)
  out.push(chain.next().value, chain.next().done, source.next().done)
  let count = 0
  const wrapped = Iterator.from({ next: () => ({ value: `wrapped ${++count}`, done: count > 3 }) })
  out.push(wrapped.next().value)
  await pause(4)
  out.push(...wrapped, flat.return().done, flat.next().done)
  return { out, log, tag: chain[Symbol.toStringTag] }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "out": ["9#1", "a", "25#2", "b", "c", "49#3", "d", "81#4", true, true, "wrapped 1", "wrapped 2", "wrapped 3", true,
    true],
  "log": [
    "filter 1 at 0", "filter 2 at 1", "filter 3 at 2", "filter 4 at 3", "filter 5 at 4", "filter 6 at 5",
    "filter 7 at 6", "filter 8 at 7", "filter 9 at 8", "source closed"
  ],
  "tag": "Iterator Helper"
}
*/
