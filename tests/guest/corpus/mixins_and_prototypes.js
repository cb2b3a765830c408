// Prototype chains that are changed while they are in use: mixins, setPrototypeOf, null prototypes, instanceof hooks.
async function main() {
  const log = []
  const Named = Base =>
    class extends Base {
      hello() {
        return `named ${super.hello?.() ?? "nobody"}`
      }
    }
  const Timed = Base =>
    class Timed extends Base {
      hello() {
        return `timed ${super.hello()}`
      }
    }
  class Root {
    hello() {
      return "root"
    }
  }
  const Mixed = Timed(Named(Root)),
    object = new Mixed()
  log.push(object.hello())
  await pause(1)
  Root.prototype.hello = () => "changed root"
  log.push(object.hello())
  Object.setPrototypeOf(Object.getPrototypeOf(Mixed.prototype), {})
  await pause(2)
  log.push(object.hello(), object instanceof Root)
  const bare = Object.create(null, { x: { value: 1, enumerable: true } })
  const child = Object.create(bare)
  child.y = await pause(3)
  Object.setPrototypeOf(bare, { z: 5 })
  const keys = []
  for (const key in child) keys.push(key)
  log.push(keys.join(), child.z, "toString" in child)
  class Even {
    static [Symbol.hasInstance](value) {
      return value % 2 === 0
    }
  }
  await pause(4)
  log.push(2 instanceof Even, 3 instanceof Even)
  try {
    Object.setPrototypeOf(bare, child)
  } catch (error) {
    log.push(error instanceof TypeError)
  }
  function Classic() {}
  const before = new Classic()
  Classic.prototype = { replaced: true }
  await pause(5)
  log.push(before instanceof Classic, new Classic().replaced, before.constructor === Classic)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "timed named root", "timed named changed root", "timed named nobody", false, "y,x,z", 5, true, true, false, true,
  false, true, true
]
*/
