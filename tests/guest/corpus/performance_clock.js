// performance.now counts from one origin through all restores, and never backwards.
async function main() {
  const log = []
  const origin = performance.timeOrigin,
    first = performance.now()
  let latest = first
  for (let i = 0; i < 4; i++) {
    await pause(i)
    const now = performance.now()
    log.push(Math.round(now - latest))
    latest = now
  }
  await new Promise(resolve => setTimeout(resolve, 2_000))
  log.push(
    Math.round(performance.now() - latest),
    performance.timeOrigin === origin,
    Math.round(performance.now()) === Date.now() - origin,
  )
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[125, 125, 125, 125, 2000, true, true]
*/
