// A Proxy whose handler changes between awaits, as a target, a prototype, an awaited value and a receiver.
async function main() {
  const log = []
  const handler = {
    get(target, key, receiver) {
      log.push(`get ${String(key)} ${receiver === proxy}`)
      return Reflect.get(target, key, receiver)
    },
    has: (target, key) => key.startsWith("virtual") || key in target,
    async: true,
  }
  const target = {
    a: 1,
    get me() {
      return this === proxy
    },
  }
  const proxy = new Proxy(target, handler)
  log.push(proxy.a, proxy.me, "virtual x" in proxy)
  log.push((await proxy) === proxy)
  handler.set = (object, key, value, receiver) => {
    log.push(`set ${key}`)
    return Reflect.set(object, key, `${value} (set)`, receiver)
  }
  handler.deleteProperty = (object, key) => {
    log.push(`delete ${key}`)
    return delete object[key]
  }
  proxy.b = await pause("b")
  log.push(target.b, delete proxy.a, Object.keys(target).join())
  delete handler.get
  handler.ownKeys = () => ["b", "me", "added"]
  handler.getOwnPropertyDescriptor = (object, key) =>
    key === "added" ? { value: 9, configurable: true, enumerable: true } : Reflect.getOwnPropertyDescriptor(object, key)
  const found = []
  for (const key in proxy) found.push(await pause(key))
  log.push(found.join(), JSON.stringify({ ...proxy }))
  const child = Object.create(proxy)
  child.c = await pause("c")
  log.push(Object.hasOwn(child, "c"), child.c)
  const callable = new Proxy(async (...list) => `called ${list}`, {
    apply: async (inner, self, list) => `${await Reflect.apply(inner, self, await pause(list))} for ${self?.name}`,
    construct: (inner, list) => ({ constructed: list }),
  })
  const Made = new Proxy(class {}, { construct: () => child })
  log.push(await callable.call({ name: "self" }, 1, 2), new Made().c)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "get a true", "get me true", 1, true, true, "get then true", true, "set b", "delete a", "b! (set)", true, "me,b",
  "b!,me!,added!", "{\"b\":\"b! (set)\",\"me\":true}", "set c", true, "c! (set)", "called 1,2 for self", "c! (set)"
]
*/
