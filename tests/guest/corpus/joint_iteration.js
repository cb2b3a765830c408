// Iterator.zip and the like in progress, over iterators of different lengths, and closing all of them.
async function main() {
  const log = []
  const source = (name, length) =>
    (function* () {
      try {
        for (let i = 0; i < length; i++) yield `${name}${i}`
      } finally {
        log.push(`close ${name}`)
      }
    })()
  const shortest = Iterator.zip([source("a", 3), source("b", 2)])
  const longest = Iterator.zip([source("c", 1), source("d", 3)], { mode: "longest", padding: ["pad"] })
  const keyed = Iterator.zipKeyed({ x: source("e", 4), y: [10, 20, 30] })
  log.push(shortest.next().value.join(), longest.next().value.join(), JSON.stringify(keyed.next().value))
  await pause("first")
  log.push(shortest.next().value.join(), longest.next().value.join(), JSON.stringify(keyed.next().value))
  await pause("second")
  log.push(shortest.next().done, longest.next().value.join(), keyed.return().done)
  await pause("third")
  log.push(longest.next().done)
  const chunks = source("f", 5).chunks(2),
    windows = source("g", 4).windows(3)
  log.push(chunks.next().value.join(), windows.next().value.join())
  await pause("chunks")
  log.push([...chunks].map(chunk => chunk.join()).join("|"), [...windows].map(window => window.join()).join("|"))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "a0,b0", "c0,d0", "{\"x\":\"e0\",\"y\":10}", "close c", "a1,b1", "pad,d1", "{\"x\":\"e1\",\"y\":20}", "close b",
  "close a", "close e", true, "pad,d2", true, "close d", true, "f0,f1", "g0,g1,g2", "close f", "close g", "f2,f3|f4",
  "g1,g2,g3"
]
*/
