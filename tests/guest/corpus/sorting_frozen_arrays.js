// Sorting a frozen array fails, also when its elements are in order.
async function main() {
  const log = []
  const frozen = { unsorted: [2, 1], sorted: [1, 2], equal: [1, 1], mixed: [1, "1", 2] }
  for (const [name, list] of Object.entries(frozen)) {
    Object.freeze(list)
    await pause(name)
    try {
      log.push(`${name} ${list.sort()}`)
    } catch (error) {
      log.push(`${name} ${error.name}`)
    }
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["unsorted TypeError", "sorted TypeError", "equal TypeError", "mixed TypeError"]
*/
