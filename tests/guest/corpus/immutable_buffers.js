// An immutable buffer stays what it was, whoever has a view of it; so does a slice that was made immutable.
async function main() {
  const log = []
  const bytes = Uint8Array.of(1, 2, 3, 4)
  const fixed = bytes.buffer.transferToImmutable(),
    view = new Uint8Array(fixed),
    data = new DataView(fixed)
  await pause("made")
  const attempts = {
    set: () => view.set([9]),
    fill: () => view.fill(9),
    view: () => data.setInt8(0, 9),
    transfer: () => fixed.transfer(),
    resize: () => fixed.resize(1),
  }
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      attempt()
      log.push(name)
    } catch (error) {
      log.push(`${name} ${error.name}`)
    }
    await pause(name)
  }
  view[0] = 9
  const other = Uint8Array.of(5, 6, 7),
    slice = other.buffer.sliceToImmutable(1, 3)
  other.fill(0)
  await pause("sliced")
  log.push(
    view.join(),
    fixed.immutable,
    slice.immutable,
    new Uint8Array(slice).join(),
    bytes.length,
    other.buffer.immutable,
  )
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "set TypeError", "fill TypeError", "view TypeError", "transfer TypeError", "resize TypeError", "1,2,3,4", true,
  true, "6,7", 0, false
]
*/
