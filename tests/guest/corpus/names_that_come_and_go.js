// Property names and symbols made while the program runs, dropped, and made again with other meanings.
async function main() {
  const log = [],
    objects = []
  const symbols = new Map()
  for (let round = 0; round < 5; round++) {
    const word = await pause(`round ${round}`)
    const object = {}
    for (let i = 0; i < 150; i++) {
      const name = `${word} ${i * (round + 1)}`
      object[name] = i
      if (!symbols.has(name)) symbols.set(name, Symbol(name))
      object[symbols.get(name)] = name
      Symbol.for(name)
    }
    objects.push(object)
    if (round === 2) {
      objects.shift()
      symbols.clear()
      collect()
    }
  }
  for (const object of objects) {
    const names = Object.keys(object),
      own = Object.getOwnPropertySymbols(object)
    log.push(
      names.length,
      names.at(-1),
      own.length,
      own.every(symbol => object[symbol] === symbol.description),
    )
  }
  await pause("counted")
  log.push(Symbol.keyFor(Symbol.for("round 0! 3")), symbols.get("round 4! 5").description in objects.at(-1))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  150, "round 1! 298", 150, true, 150, "round 2! 447", 150, true, 150, "round 3! 596", 150, true, 150, "round 4! 745",
  150, true, "round 0! 3", true
]
*/
