// Numbers of each kind in both byte orders, written before and read after a restore.
async function main() {
  const log = []
  const view = new DataView(new ArrayBuffer(64), 3)
  const cases = [
    ["Int8", -2],
    ["Uint8", 254],
    ["Int16", -12345],
    ["Uint16", 54321],
    ["Int32", -(2 ** 31)],
    ["Uint32", 2 ** 32 - 1],
    ["Float16", 1.5],
    ["Float32", 3.4028234663852886e38],
    ["Float64", -5e-324],
    ["BigInt64", -(2n ** 63n)],
    ["BigUint64", 2n ** 64n - 1n],
  ]
  for (const littleEndian of [false, true]) {
    let offset = 0
    for (const [kind, value] of cases) {
      view[`set${kind}`](offset, value, littleEndian)
      offset += 5
      if (offset % 4 === 0) await pause(kind)
      const back = view[`get${kind}`](offset - 5, littleEndian)
      log.push(Object.is(back, value) ? kind : `${kind} is ${back}`)
    }
  }
  view.setFloat64(0, NaN)
  view.setUint32(8, await pause(0x1234567))
  await pause("last")
  log.push(Number.isNaN(view.getFloat64(0)), view.getUint32(8, true).toString(16), view.getInt16(9), view.byteOffset)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "Float16", "Float32", "Float64", "BigInt64", "BigUint64",
  "Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32", "Float16", "Float32", "Float64", "BigInt64", "BigUint64",
  true, "6b6600b", 24758, 3
]
*/
