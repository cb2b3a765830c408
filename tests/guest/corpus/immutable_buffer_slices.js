// Slices are made of an immutable buffer, too: of either kind, by either method.
async function main() {
  const log = []
  const bytes = Uint8Array.of(1, 2, 3, 4)
  const fixed = bytes.buffer.transferToImmutable()
  const methods = {
    slice: () => fixed.slice(1, 3),
    sliceToImmutable: () => fixed.sliceToImmutable(1, 3),
    transferOfCopy: () => fixed.slice().transferToImmutable(),
  }
  await pause("made")
  for (const [name, method] of Object.entries(methods)) {
    try {
      const made = method()
      await pause(name)
      log.push(`${name} ${new Uint8Array(made)} ${made.immutable}`)
    } catch (error) {
      log.push(`${name} ${error.name}`)
    }
    await pause("next")
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["slice 2,3 false", "sliceToImmutable 2,3 true", "transferOfCopy 1,2,3,4 true"]
*/
