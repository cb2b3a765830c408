// A FinalizationRegistry hears of objects dropped before and after a restore, and not of those unregistered.
async function main() {
  const log = []
  const registry = new FinalizationRegistry(held => log.push(`gone: ${held.name ?? held}`))
  const token = {}
  let objects = ["a", "b", "c", "d"].map(name => ({ name }))
  objects.forEach(object => registry.register(object, `object ${object.name}`, object.name === "c" ? token : undefined))
  let circle = {}
  circle.self = circle
  registry.register(circle, { name: "circle" })
  await pause(1)
  objects.shift()
  await pause(2)
  log.push(registry.unregister(token), registry.unregister(token))
  objects = objects.slice(2)
  await pause(3)
  circle = null
  collect()
  await pause(4)
  log.push(`left: ${objects.map(object => object.name)}`)
  objects = null
  await pause(5)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["gone: object a", true, false, "gone: object b", "gone: circle", "left: d", "gone: object d"]
*/
