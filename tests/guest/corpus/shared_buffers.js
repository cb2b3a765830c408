// A growable SharedArrayBuffer keeps its length, its views, and what was written through each of them.
async function main() {
  const log = []
  const shared = new SharedArrayBuffer(8, { maxByteLength: 64 })
  const bytes = new Uint8Array(shared),
    words = new Int32Array(shared, 4, 1)
  words[0] = await pause(25)
  log.push(bytes.join(), shared.growable)
  shared.grow(16)
  bytes[15] = await pause(7)
  log.push(bytes.length, words.length, shared.byteLength, shared.maxByteLength)
  await pause("grown")
  try {
    shared.grow(8)
  } catch (error) {
    log.push(error.name)
  }
  const copy = shared.slice(14)
  await pause("sliced")
  log.push(new Uint8Array(copy).join(), Object.prototype.toString.call(copy), words.buffer === shared)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["0,0,0,0,250,0,0,0", true, 16, 1, 16, 64, "RangeError", "0,70", "[object SharedArrayBuffer]", true]
*/
