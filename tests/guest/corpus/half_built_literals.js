// Object and array literals wait in the middle: what is built so far lies on the stack of the function.
async function main() {
  const log = []
  const noisy = name => ({
    *[Symbol.iterator]() {
      log.push(`${name} open`)
      yield 1
      yield 2
      log.push(`${name} end`)
    },
  })
  const array = [...noisy("a"), await pause(1), , ...noisy("b"), ...(await pause([5, 6])), await pause("last")]
  const source = {
    get x() {
      log.push("getter")
      return "from source"
    },
    hidden: 1,
  }
  Object.defineProperty(source, "hidden", { enumerable: false })
  const object = {
    a: await pause("a"),
    get computed() {
      return this.a
    },
    [`k${await pause(2)}`]: "key",
    ...source,
    ...(await pause({ a: "spread over", n: null })),
    __proto__: { inherited: await pause("proto") },
    async method() {
      return super.inherited + (await pause("method"))
    },
    __proto__x: 1,
  }
  log.push(JSON.stringify(array), 3 in array, JSON.stringify(object), object.inherited, await object.method())
  const nested = { list: [{ deep: [await pause("deep"), { deeper: await pause("deeper") }] }, await pause(3)] }
  log.push(JSON.stringify(nested))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "a open", "a end", "b open", "b end", "getter", "[1,2,10,null,1,2,5,6,\"last!\"]", false,
  "{\"a\":\"spread over\",\"computed\":\"spread over\",\"k20\":\"key\",\"x\":\"from source\",\"n\":null,\"__proto__x\":1}",
  "proto!", "proto!method!", "{\"list\":[{\"deep\":[\"deep!\",{\"deeper\":\"deeper!\"}]},30]}"
]
*/
