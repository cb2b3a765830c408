// Long chains, deep nesting, wide graphs and circles between objects, closures and maps.
async function main() {
  const log = []
  let list = null
  for (let i = 0; i < 3_000; i++) list = { value: i, next: list }
  let closure = () => 0
  for (let i = 1; i <= 300; i++) {
    const inner = closure
    closure = () => inner() + i
  }
  const nodes = Array.from({ length: 60 }, (_, index) => ({ index, links: new Set(), byName: new Map() }))
  for (const node of nodes) {
    for (const step of [1, 7, 13]) {
      const other = nodes[(node.index * step + step) % nodes.length]
      node.links.add(other)
      other.byName.set(`from ${node.index}`, { node, back: () => node.links.has(other) })
    }
  }
  await pause("made")
  let length = 0,
    sum = 0
  for (let item = list; item; item = item.next) {
    length++
    sum += item.value
  }
  log.push(length, sum, closure())
  const reached = new Set([nodes[0]])
  for (const node of reached) {
    for (const link of node.links) reached.add(link)
    if (node.index === 13) await pause("walking")
  }
  log.push(
    reached.size,
    nodes.every(node => [...node.byName.values()].every(({ back }) => back())),
  )
  let nested = []
  for (let i = 0; i < 500; i++) nested = [nested, i]
  await pause("nested")
  let depth = 0
  for (let item = nested; item.length; item = item[0]) depth++
  log.push(depth, nested.flat(Infinity).length)
  for (let item = list; item?.next; item = item.next) item.next = item.next.next
  const self = { toString: () => "self" }
  self.self = self
  self.list = [self, { self }]
  await pause("halved")
  length = 0
  for (let item = list; item; item = item.next) length++
  log.push(length, `${self.list[1].self.self.list[0]}`)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[3000, 4498500, 45150, 60, true, 500, 500, 1500, "self"]
*/
