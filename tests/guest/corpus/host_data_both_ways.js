// Data of each kind that the host sends back, kept and changed by the program while it waits for more.
async function main() {
  const log = []
  const bytes = await pause(new Uint8Array([1, 2, 3])),
    floats = await pause(new Float32Array([0.5, -0]))
  bytes[0] = 200
  const map = await pause(
    new Map([
      [1, { list: [new Date(0)] }],
      ["key", new Map([[null, true]])],
    ]),
  )
  map.get(1).list.push("added")
  const pattern = await pause(/a(?<n>\d)/gi)
  pattern.lastIndex = 2
  const big = await pause([2n ** 64n, -1n]),
    registered = await pause(Symbol.for("corpus"))
  await pause("all there")
  log.push(
    bytes.join(),
    floats.constructor.name,
    Object.is(floats[1], -0),
    map.get(1).list.length,
    map.get("key").get(null),
  )
  log.push(pattern.exec("a1 A2").groups.n, pattern.lastIndex, big.join(), registered === Symbol.for("corpus"))
  const text = await pause("\ud800 \0 😀"),
    odd = await pause([NaN, Infinity, -0, undefined, null, ""])
  await pause("again")
  log.push(
    text.length,
    text.charCodeAt(0),
    Number.isNaN(odd[0]),
    odd[1] === Infinity,
    Object.is(odd[2], -0),
    odd[3] === undefined,
    odd.length,
  )
  const deep = await pause({ a: { b: { c: [[[["deep"]]]] } } })
  deep.a.b.c.push(await pause({ shared: deep.a }))
  log.push(JSON.stringify(deep), twice(21), twice("ab"), relay(() => [1, { two: 2 }])[1].two)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "200,2,3", "Float32Array", true, 2, true, "2", 5, "18446744073709551616,-1", true, 7, 55296, true, true, true, true,
  6, "{\"a\":{\"b\":{\"c\":[[[[\"deep\"]]],{\"shared\":{\"b\":{\"c\":[[[[\"deep\"]]]]}}}]}}}", 42, "abab", 2
]
*/
