// An object that is its own token for unregistering is dropped all the same, and its registry hears of it.
async function main() {
  const log = []
  const registry = new FinalizationRegistry(held => log.push(`gone: ${held}`))
  const objects = ["a", "b", "c"].map(name => ({ name }))
  objects.forEach(object => registry.register(object, object.name, object))
  await pause(1)
  objects.shift()
  await pause(2)
  log.push(registry.unregister(objects[0]))
  objects.shift()
  await pause(3)
  objects.shift()
  await pause(4)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["gone: a", true, "gone: c"]
*/
