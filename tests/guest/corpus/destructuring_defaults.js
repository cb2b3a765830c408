// Defaults, computed keys and rests of object patterns are evaluated in order, with awaits between them.
async function main() {
  const log = []
  const noisy = new Proxy(
    { a: 1, nested: { list: [undefined, 2] }, extra: 3, more: 4 },
    {
      get(target, key) {
        log.push(`get ${String(key)}`)
        return target[key]
      },
      ownKeys(target) {
        log.push("keys")
        return Reflect.ownKeys(target)
      },
    },
  )
  const {
    a = await pause("not asked"),
    b = await pause("b"),
    [await pause("computed")]: c = await pause(`after ${b}`),
    nested: { list: [first = await pause("first"), second] = [] },
    ...rest
  } = noisy
  log.push(JSON.stringify({ a, b, c, first, second, rest }))
  async function parameters(options) {
    const { x = 1, y = x + (await pause(x)), z = () => x + y } = options
    return [x, y, z()]
  }
  log.push(...(await parameters({})), ...(await parameters({ x: 2, y: 3 })))
  for (const { key = await pause("loop"), value } of [{ value: 1 }, { key: "own", value: 2 }]) log.push(key, value)
  try {
    const {
      missing: { deep = await pause("never") },
    } = {}
    log.push(deep)
  } catch (error) {
    log.push(error instanceof TypeError)
  }
  let swap = [1, 2]
  ;[swap[1], swap[0] = await pause("never")] = [await pause(swap[0]), await pause(swap[1])]
  log.push(...swap)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "get a", "get b", "get computed!", "get nested", "keys", "get extra", "get more",
  "{\"a\":1,\"b\":\"b!\",\"c\":\"after b!!\",\"first\":\"first!\",\"second\":2,\"rest\":{\"extra\":3,\"more\":4}}", 1,
  11, 12, 2, 3, 5, "loop!", 1, "own", 2, true, 20, 10
]
*/
