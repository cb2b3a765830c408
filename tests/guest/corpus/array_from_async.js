// Array.fromAsync in progress over async generators, sync iterables of promises and array-likes, with an async mapper.
async function main() {
  const log = []
  async function* source() {
    yield pause("a")
    yield pause("b")
    log.push("source ends")
  }
  const mapper = async (value, index) => {
    log.push(`map ${index}`)
    return `${index}:${await pause(value)}`
  }
  const [mapped, plain, like] = await Promise.all([
    Array.fromAsync(source(), mapper),
    Array.fromAsync([pause(1), 2, pause(3)]),
    Array.fromAsync({ length: 2, 0: pause("zero"), 1: "one" }),
  ])
  class List extends Array {}
  const list = await Array.fromAsync.call(List, [pause("x")])
  const failure = await Array.fromAsync([pause("y"), refuse("z")]).catch(error => `failed: ${error.message}`)
  return { mapped, plain, like, list: [...list], isList: list instanceof List, failure, log }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "mapped": ["0:a!!", "1:b!!"],
  "plain": [10, 2, 30],
  "like": ["zero!", "one"],
  "list": ["x!"],
  "isList": true,
  "failure": "failed: z",
  "log": ["map 0", "map 1", "source ends"]
}
*/
