// Clones live through a snapshot: what they share, what was transferred, and what is compiled.
async function main() {
  const shared = { n: 1 }
  const value = { shared, again: shared, map: new Map([[shared, new Set([1n, -0])]]), when: new Date(5), hole: [1, , 3] }
  value.self = value
  const clone = structuredClone(value)
  await pause("cloned")
  const log = [clone.self === clone, clone.shared === clone.again, clone.map.get(clone.shared).has(1n), clone.when.getTime(), 1 in clone.hole]
  const buffer = new ArrayBuffer(4, { maxByteLength: 8 })
  new Uint8Array(buffer).set([1, 2, 3, 4])
  const moved = structuredClone({ buffer, view: new Uint8Array(buffer) }, { transfer: [buffer] })
  await pause("transferred")
  moved.buffer.resize(8)
  log.push(buffer.detached, moved.view.length, moved.view[3])
  const pattern = structuredClone(/(?<word>b+)/dg)
  const error = structuredClone(new RangeError("why", { cause: new DOMException("because", "AbortError") }))
  const memory = new SharedArrayBuffer(2)
  const mirror = structuredClone(memory)
  await pause("compiled and shared")
  new Uint8Array(memory)[1] = 7
  log.push(pattern.exec("abba").groups.word, error.message, error.cause.name, error.cause.code, new Uint8Array(mirror)[1])
  await pause("used")
  try {
    structuredClone({ main })
  } catch (refused) {
    log.push(refused.message)
  }
  await pause("refused")
  return log.join()
}
main().then(value => (globalThis.result = value))

/* expected
"true,true,true,5,false,true,8,4,bb,why,AbortError,20,7,function main could not be cloned."
*/
