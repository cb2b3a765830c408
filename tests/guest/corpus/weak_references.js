// A WeakRef goes on with its target, and is empty once the target is dropped or its circle is collected.
async function main() {
  const log = []
  let strong = { name: "strong" },
    circle = { name: "circle" }
  circle.self = { back: circle }
  const symbol = Symbol("weakly held")
  const references = [new WeakRef(strong), new WeakRef(circle), new WeakRef(symbol), new WeakRef(() => strong)]
  const look = () =>
    references.map(reference => {
      const target = reference.deref()
      return target ? (target.name ?? target.description) : null
    })
  collect()
  log.push(look())
  await pause(1)
  const again = references[0].deref()
  log.push(again === strong)
  strong = null
  await pause(2)
  log.push(look()[0], again.name)
  circle = null
  collect()
  await pause(3)
  log.push(look())
  const cache = new Map()
  const cached = (key, make) => {
    const known = cache.get(key)?.deref()
    if (known) return `${known.key} from the cache`
    const made = make(key)
    cache.set(key, new WeakRef(made))
    kept.push(made)
    return `${made.key} made`
  }
  let kept = []
  log.push(
    cached("k", key => ({ key })),
    cached("k", key => ({ key })),
  )
  await pause(4)
  log.push(cached("k", key => ({ key })))
  kept = []
  await pause(5)
  log.push(cached("k", key => ({ key })))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  ["strong", "circle", "weakly held", null],
  true,
  "strong",
  "strong",
  ["strong", null, "weakly held", null],
  "k made",
  "k from the cache",
  "k from the cache",
  "k made"
]
*/
