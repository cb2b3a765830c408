// Views of a resizable buffer track its length, go out of bounds and come back, with iterators in progress.
async function main() {
  const log = []
  const buffer = new ArrayBuffer(8, { maxByteLength: 4096 * 3 })
  const tracking = new Uint8Array(buffer),
    fixed = new Uint16Array(buffer, 2, 3),
    tail = new Uint8Array(buffer, 4)
  const view = new DataView(buffer, 1)
  const state = () => [buffer.byteLength, tracking.length, fixed.length, fixed.byteOffset, tail.length].join()
  tracking.set([1, 2, 3, 4, 5, 6, 7, 8])
  const walk = tracking.values()
  log.push(state(), walk.next().value, walk.next().value)
  buffer.resize(await pause(1))
  log.push(state(), walk.next().value, view.byteLength)
  buffer.resize(4)
  await pause("shrunk")
  log.push(state(), [...walk].join())
  try {
    log.push(view.getUint8(0), view.getUint8(5))
  } catch (error) {
    log.push(error.name)
  }
  buffer.resize(5000)
  tracking[4999] = 77
  await pause("beyond a page")
  log.push(state(), tracking[4999], tracking.subarray(4998).join(), tracking[6])
  buffer.resize(6)
  buffer.resize(5000)
  await pause("zeros again")
  log.push(tracking[4999], tracking.slice(0, 8).join(), buffer.resizable, buffer.maxByteLength)
  const seen = []
  for (const byte of tracking) {
    if (seen.push(byte) === 3) buffer.resize(5)
    if (seen.length < 6) await pause(byte)
  }
  log.push(seen.join(), fixed.length)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "8,8,3,2,4", 1, 2, "10,10,3,2,6", 3, 9, "4,4,0,0,0", "4", "RangeError", "5000,5000,3,2,4996", 77, "0,77", 0, 0,
  "1,2,3,4,0,0,0,0", true, 12288, "1,2,3,4,0", 0
]
*/
