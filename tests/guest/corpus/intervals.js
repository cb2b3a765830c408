// Intervals keep their phase, stop themselves, and are set and cleared from each other while calls are under way.
async function main() {
  const log = []
  const now = () => Date.now() - 1_700_000_000_000
  await new Promise(resolve => {
    let ticks = 0
    const id = setInterval(
      step => {
        log.push(`tick ${ticks} ${step} at ${now()}`)
        if (++ticks === 3) {
          clearInterval(id)
          resolve()
        }
      },
      250,
      "a",
    )
  })
  let fast = 0,
    slow = 0
  const fastId = setInterval(() => {
    fast++
  }, 50)
  const slowId = setInterval(() => {
    if (++slow === 2) clearInterval(fastId)
  }, 125)
  for (let i = 0; i < 4; i++) log.push(`${await pause(i)} ${fast > 0} ${slow}`)
  clearInterval(slowId)
  const counts = [slow]
  await new Promise(resolve => setTimeout(resolve, 500))
  counts.push(slow)
  const nested = []
  await new Promise(resolve => {
    const outer = setInterval(() => {
      nested.push("outer")
      const inner = setInterval(() => {
        nested.push("inner")
        clearInterval(inner)
      }, 125)
      if (nested.length > 3) {
        clearInterval(outer)
        setTimeout(resolve, 500)
      }
    }, 250)
  })
  return { log, counts, nested }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "log": ["tick 0 a at 250", "tick 1 a at 500", "tick 2 a at 750", "0 false 0", "10 true 1", "20 true 2", "30 true 3"],
  "counts": [3, 3],
  "nested": ["outer", "inner", "outer", "inner", "outer", "inner"]
}
*/
