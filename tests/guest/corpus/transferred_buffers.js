// A buffer that was transferred is detached for all its views; its bytes live on in the new one.
async function main() {
  const log = []
  const first = new ArrayBuffer(16),
    bytes = new Uint8Array(first),
    words = new Int32Array(first, 4, 2)
  bytes.set([9, 8, 7, 6, 5], 3)
  const walk = bytes.entries()
  log.push(walk.next().value.join())
  await pause("before")
  const second = first.transfer(32)
  log.push(first.detached, bytes.length, words.byteOffset, second.byteLength, new Uint8Array(second)[3])
  await pause("after")
  try {
    walk.next()
  } catch (error) {
    log.push(error.name)
  }
  bytes[0] = 1
  log.push(bytes[0] === undefined, new Uint8Array(second)[0])
  const growing = new ArrayBuffer(4, { maxByteLength: 64 })
  new Uint8Array(growing).fill(await pause(3))
  const third = growing.transfer(),
    fourth = third.transferToFixedLength()
  await pause("twice")
  log.push(third.detached, third.resizable, fourth.resizable, [...new Uint8Array(fourth)].join())
  const slice = second.slice(3, 6)
  await pause("sliced")
  log.push(new Uint8Array(slice).join(), ArrayBuffer.isView(words), words.buffer === first)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["0,0", true, 0, 0, 32, 9, "TypeError", true, 0, true, true, false, "30,30,30,30", "9,8,7", true, true]
*/
