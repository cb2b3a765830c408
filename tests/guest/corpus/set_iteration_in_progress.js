// Iterators of Sets in progress, forEach over a set that grows, and the set methods with an object that is like a set.
async function main() {
  const log = []
  const set = new Set([1, 2, 3])
  const walk = set.values()
  log.push(walk.next().value)
  set.delete(2)
  set.delete(1)
  set.add(4).add(1)
  await pause(1)
  log.push(walk.next().value, walk.next().value, walk.next().value, walk.next().done)
  const queue = new Set(["root"])
  for (const item of queue) {
    const answer = await pause(item)
    if (answer.length < 8) queue.add(`${answer}l`).add(`${answer}r`)
  }
  log.push([...queue].join(" "))
  const grown = new Set([0])
  grown.forEach(value => {
    if (value < 5) grown.add(value + 2).add(value + 1)
  })
  await pause("grown")
  log.push([...grown].join())
  const like = {
    size: 2,
    has: value => value === 3,
    *keys() {
      log.push("keys asked")
      yield 3
      yield 9
    },
  }
  log.push([...set.union(like)].join(), [...set.intersection(like)].join(), [...set.difference(like)].join())
  await pause("methods")
  log.push(
    set.isDisjointFrom(like),
    set.isSupersetOf(new Set([3])),
    [...set.symmetricDifference(new Set([3, 7]))].join(),
  )
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  1, 3, 4, 1, true, "root root!l root!r root!l!l root!l!r root!r!l root!r!r", "0,2,1,4,3,6,5", "keys asked",
  "keys asked", "keys asked", "3,4,1,9", "3", "4,1", "keys asked", false, true, "4,1,7"
]
*/
