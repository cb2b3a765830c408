// Circles of garbage, dropped promises and abandoned coroutines between awaits disturb nothing that is still in use.
async function main() {
  const log = []
  const kept = []
  const litter = count => {
    for (let i = 0; i < count; i++) {
      const circle = { i, text: `litter ${i}`, map: new Map() }
      circle.map.set(circle, [circle, () => circle])
      new Promise(() => circle)
      ;(async () => {
        await new Promise(resolve => {
          circle.resolve = resolve
        })
        log.push("never")
      })()
      const walk = (function* () {
        try {
          yield circle
        } finally {
          log.push("never either")
        }
      })()
      walk.next()
      if (i % 50 === 0) kept.push(circle)
    }
  }
  for (let round = 0; round < 5; round++) {
    litter(200)
    if (round % 2) collect()
    log.push(await pause(round))
    if (round === 3) kept.splice(0, kept.length - 4)
  }
  collect()
  log.push(
    kept.length,
    kept.every(circle => circle.map.get(circle)[1]() === circle),
    kept.map(circle => circle.text).join(),
  )
  kept[0].resolve()
  await pause("one goes on")
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  0, 10, 20, 30, 40, 8, true, "litter 0,litter 50,litter 100,litter 150,litter 0,litter 50,litter 100,litter 150",
  "never"
]
*/
