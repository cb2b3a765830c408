// Invariants of Proxies are checked against the target as it is then; a revoked Proxy stays revoked.
async function main() {
  const log = []
  const attempt = (name, run) => {
    try {
      log.push(`${name}: ${run()}`)
    } catch (error) {
      log.push(`${name}: ${error.name}`)
    }
  }
  const target = { fixed: 1 },
    lies = { get: () => "lie", has: () => false, ownKeys: () => [] }
  const proxy = new Proxy(target, lies)
  const { proxy: leased, revoke } = Proxy.revocable([1, 2, 3], {})
  attempt("get", () => proxy.fixed)
  attempt("has", () => "fixed" in proxy)
  attempt("keys", () => Reflect.ownKeys(proxy).length)
  await pause(1)
  Object.defineProperty(target, "fixed", { writable: false, configurable: false })
  attempt("get of fixed", () => proxy.fixed)
  attempt("has of fixed", () => "fixed" in proxy)
  await pause(2)
  Object.preventExtensions(target)
  attempt("keys of fixed", () => Reflect.ownKeys(proxy).length)
  lies.get = undefined
  attempt("get without trap", () => proxy.fixed)
  const iterator = leased[Symbol.iterator]()
  attempt("leased", () => [iterator.next().value, leased.length, Array.isArray(leased)])
  await pause(3)
  revoke()
  await pause(4)
  attempt("revoked", () => leased.length)
  attempt("iterator of revoked", () => iterator.next().value)
  attempt("typeof revoked", () => typeof leased)
  attempt("isArray of revoked", () => Array.isArray(leased))
  revoke()
  const doubled = new Proxy(new Proxy({ x: 1 }, { get: (t, k) => t[k] + 1 }), { get: (t, k) => t[k] * 10 })
  await pause(5)
  attempt("proxy of proxy", () => doubled.x)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "get: lie", "has: false", "keys: 0", "get of fixed: TypeError", "has of fixed: TypeError",
  "keys of fixed: TypeError", "get without trap: 1", "leased: 1,3,true", "revoked: TypeError",
  "iterator of revoked: TypeError", "typeof revoked: object", "isArray of revoked: TypeError", "proxy of proxy: 20"
]
*/
