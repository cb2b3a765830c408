// JSON in parts: revivers and replacers whose findings are awaited, toJSON, sources of numbers, and raw JSON.
async function main() {
  const log = [],
    waiting = new Map()
  const text = '{"when":"2024-05-06T07:08:09Z","list":[1,{"deep":[true,null]}],"big":12345678901234567890,"drop":1}'
  const revived = JSON.parse(text, function (key, value, context) {
    if (key === "drop") return undefined
    if (key === "big") return BigInt(context.source)
    if (key === "when") return new Date(value)
    if (typeof value === "number") waiting.set(`${key} of ${this.constructor.name}`, pause(value))
    return value
  })
  log.push(Object.keys(revived).join(), String(revived.big), revived.when.getTime())
  for (const [where, answer] of waiting) log.push(`${where}: ${await answer}`)
  class Temperature {
    constructor(degrees) {
      this.degrees = degrees
    }
    toJSON(key) {
      return { [key || "root"]: this.degrees }
    }
  }
  const circle = { name: "circle", warm: new Temperature(await pause(2)), skip: undefined, call() {}, not: NaN }
  log.push(JSON.stringify(circle), JSON.stringify([undefined, () => 0, Symbol("s"), -0, new Date(NaN)]))
  circle.self = { circle }
  await pause("circle")
  try {
    JSON.stringify(circle)
  } catch (error) {
    log.push(error.name)
  }
  const seen = new WeakSet()
  const replacer = (key, value) => {
    if (typeof value !== "object" || value === null) return value
    if (seen.has(value)) return "[again]"
    seen.add(value)
    return value
  }
  log.push(JSON.stringify(circle, replacer))
  await pause("replaced")
  log.push(JSON.stringify({ a: [1, { b: 2 }], c: 3 }, ["a", "b"], "-"), JSON.stringify(circle, replacer))
  log.push(JSON.stringify({ raw: JSON.rawJSON("1e1000"), text: "\ud800\u2028" }), await pause(JSON.stringify("x")))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "when,list,big", "12345678901234567890", 1714979289000, "0 of Array: 10",
  "{\"name\":\"circle\",\"warm\":{\"warm\":20},\"not\":null}", "[null,null,null,0,null]", "TypeError",
  "{\"name\":\"circle\",\"warm\":{\"warm\":20},\"not\":null,\"self\":{\"circle\":\"[again]\"}}",
  "{\n-\"a\": [\n--1,\n--{\n---\"b\": 2\n--}\n-]\n}", "\"[again]\"", "{\"raw\":1e1000,\"text\":\"\\ud800\u2028\"}",
  "\"x\"!"
]
*/
