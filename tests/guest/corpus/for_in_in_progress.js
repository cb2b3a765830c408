// for in waits in its body: deleted keys are left out, added ones may be, shadowed and inherited ones come once.
async function main() {
  const log = []
  const parent = { inherited: 1, shadowed: 2, dropped: 3 }
  const object = Object.create(parent, { shadowed: { value: 0, enumerable: false, configurable: true } })
  Object.assign(object, { b: 1, 10: "ten", a: 2, 9: "nine", gone: 3, last: 4 })
  for (const key in object) {
    log.push(await pause(key))
    if (key === "b") delete object.gone
    if (key === "last") delete parent.dropped
  }
  for (const index in ["x", , "z"]) log.push(typeof index, await pause(index))
  for (const key in "hi") log.push(key)
  for (const key in null) log.push(`never ${key}`)
  let holder = {}
  for (holder[await pause("target")] in { one: 1, two: 2 }) await pause("body")
  log.push(JSON.stringify(holder))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["9!", "10!", "b!", "a!", "last!", "inherited!", "string", "0!", "string", "2!", "0", "1", "{\"target!\":\"two\"}"]
*/
