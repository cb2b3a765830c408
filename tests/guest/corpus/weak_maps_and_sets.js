// WeakMap and WeakSet by identity: objects, functions and symbols as keys, keys that refer to each other, lost keys.
async function main() {
  const log = []
  const map = new WeakMap(),
    set = new WeakSet(),
    keys = [{}, () => 0, Symbol("key"), Object.freeze([])]
  keys.forEach((key, index) => map.set(key, `value ${index}`))
  set.add(keys[0]).add(keys[2])
  log.push(keys.map(key => map.get(key)).join())
  await pause(1)
  log.push(keys.map(key => [map.has(key), set.has(key)].join()).join(" "))
  map
    .set(keys[0], keys[1])
    .set(keys[1], keys[3])
    .set(keys[3], { deep: await pause("deep") })
  log.push(map.get(map.get(map.get(keys[0]))).deep, map.delete(keys[1]), map.has(keys[1]))
  let dropped = { only: "here" }
  const seen = new WeakRef(dropped)
  map.set(dropped, { back: dropped })
  dropped = null
  collect()
  await pause(2)
  log.push(seen.deref() === undefined)
  const hidden = new WeakMap()
  class Person {
    constructor(name) {
      hidden.set(this, { name, friends: [] })
    }
    befriend(other) {
      hidden.get(this).friends.push(other)
      return this
    }
    get friends() {
      return hidden
        .get(this)
        .friends.map(friend => hidden.get(friend).name)
        .join()
    }
  }
  const ada = new Person("ada").befriend(new Person(await pause("bob")))
  await pause(3)
  log.push(ada.befriend(ada).friends)
  for (const wrong of [1, "text", Symbol.for("registered")]) {
    try {
      map.set(wrong, 1)
    } catch (error) {
      log.push(error.name)
    }
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "value 0,value 1,value 2,value 3", "true,true true,false true,true true,false", "deep!", true, false, true,
  "bob!,ada", "TypeError", "TypeError", "TypeError"
]
*/
