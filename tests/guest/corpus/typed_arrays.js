// Typed arrays that share a buffer: conversions, overlapping copies, sorting, species and iteration in progress.
async function main() {
  const log = []
  const bytes = Uint8Array.from({ length: 12 }, (_, index) => index * 30)
  const clamped = new Uint8ClampedArray(bytes.buffer, 4, 4),
    shorts = new Int16Array(bytes.buffer, 2, 3)
  log.push(bytes.join(), clamped.join())
  clamped[0] = await pause(100)
  clamped[1] = -5
  bytes[0] = await pause(30)
  log.push(bytes.slice(0, 6).join(), shorts.length)
  bytes.copyWithin(6, 0, 4)
  bytes.subarray(1).set(bytes.subarray(0, 3))
  await pause("copied")
  log.push(bytes.join())
  const floats = new Float64Array([3, -0, NaN, 0, -Infinity, 2.5]).sort()
  await pause("sorted")
  log.push([...floats].map(value => (Object.is(value, -0) ? "-0" : String(value))).join())
  const big = BigInt64Array.of(5n, -3n, 2n ** 63n)
  const sum = []
  for (const value of big) sum.push(String(value + BigInt(await pause(1))))
  log.push(sum.join(), big.toSorted((a, b) => (a < b ? 1 : -1)).join())
  class Meters extends Float32Array {
    get total() {
      return this.reduce((a, b) => a + b, 0)
    }
  }
  const meters = new Meters([1.5, 2.5]).map(value => value * 2)
  await pause("subclass")
  log.push(meters.constructor.name, meters.total, meters.with(0, 9).constructor.name, meters.BYTES_PER_ELEMENT)
  log.push(
    Object.keys(meters).join(),
    "2" in meters,
    "-0" in meters,
    meters.findLastIndex(value => value > 4),
  )
  log.push(new Float16Array([1.0009765625, 70000]).join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "0,30,60,90,120,150,180,210,240,14,44,74", "120,150,180,210", "44,30,60,90,255,0", 3,
  "44,44,30,60,255,0,44,30,60,90,44,74", "-Infinity,-0,0,2.5,3,NaN", "15,7,-9223372036854775798",
  "5,-3,-9223372036854775808", "Meters", 8, "Float32Array", 4, "0,1", false, false, 1, "1.0009765625,Infinity"
]
*/
