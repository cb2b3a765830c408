// Frozen, sealed and inextensible objects stay so, deeply where they were, in sloppy and strict code.
async function main() {
  const log = []
  const strictly = (object, key, value) => {
    "use strict"
    try {
      object[key] = value
      return `${key} set`
    } catch (error) {
      return `${key} ${error.name}`
    }
  }
  const frozen = Object.freeze({ a: 1, inner: { b: 2 } }),
    sealed = Object.seal([1, 2]),
    closed = Object.preventExtensions({ c: 3 })
  await pause("made")
  frozen.a = 9
  log.push(frozen.a, strictly(frozen, "a", 1), strictly(frozen.inner, "b", 5), strictly(frozen, "new", 1))
  log.push(strictly(sealed, 0, "changed"), strictly(sealed, 2, "new"), delete sealed[1], sealed.join())
  log.push(strictly(closed, "c", 4), strictly(closed, "d", 5), delete closed.c, strictly(closed, "c", 6))
  await pause("tried")
  log.push(
    [frozen, sealed, closed]
      .map(o => [Object.isFrozen(o), Object.isSealed(o), Object.isExtensible(o)].join())
      .join(" "),
  )
  const list = Object.freeze([await pause(1), await pause(2)])
  const attempts = [
    () => list.push(3),
    () => list.sort((a, b) => b - a),
    () => list.pop(),
    () => {
      list.length = 0
    },
  ]
  for (const attempt of attempts) {
    try {
      attempt()
      log.push("nothing")
    } catch (error) {
      log.push(error.name)
    }
    await pause("attempt")
  }
  log.push(list.join(), list.toSorted((a, b) => b - a).join())
  Object.defineProperty(sealed, "length", { writable: false })
  await pause("length")
  log.push(strictly(sealed, "length", 0), Object.isFrozen(sealed))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  1, "a TypeError", "b set", "new TypeError", "0 set", "2 TypeError", false, "changed,2", "c set", "d TypeError",
  true, "c TypeError", "true,true,false false,true,false true,true,false", "TypeError", "TypeError", "TypeError",
  "nothing", "10,20", "20,10", "length TypeError", false
]
*/
