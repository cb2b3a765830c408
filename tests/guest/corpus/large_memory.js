// Hundreds of kilobytes in buffers, arrays and strings come back whole, though most of their pages were never written.
async function main() {
  const log = []
  const buffer = new Uint8Array(1_000_000),
    floats = new Float64Array(50_000)
  for (let i = 0; i < buffer.length; i += 65_537) buffer[i] = i % 251
  floats.fill(0.5, 40_000, 40_010)
  await pause("buffers")
  const text = "0123456789".repeat(10_000)
  const list = Array.from({ length: 3_000 }, (_, index) => ({ index, name: `item ${index}` }))
  await pause("list")
  let sum = 0
  for (const byte of buffer) sum += byte
  log.push(
    sum,
    floats.reduce((a, b) => a + b),
    text.length,
    text.slice(-3),
  )
  list.length = 2_000
  const joined = text + (await pause("x")) + text
  log.push(
    joined.length,
    joined[100_000],
    list.at(-1).name,
    list.reduce((total, { index }) => total + index, 0),
  )
  await pause("end")
  log.push(joined.indexOf("x!0"), buffer.lastIndexOf(buffer[65_537]))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[1614, 5, 100000, "789", 200002, "x", "item 1999", 1999000, 100000, 65537]
*/
