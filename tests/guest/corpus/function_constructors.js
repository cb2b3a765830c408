// Functions made from text, of each kind, are global in scope and go on like others.
// keeps: the engine makes the methods of a hidden prototype when they are first used
async function main() {
  const log = []
  const secret = "not seen"
  const AsyncFunction = main.constructor
  const GeneratorFunction = function* () {}.constructor
  const AsyncGeneratorFunction = async function* () {}.constructor
  const add = new Function("a", "b = 5", "...rest", "return a + b + rest.length")
  const waits = new AsyncFunction("x", "const y = await pause(x); return [y, typeof secret].join()")
  const counts = new GeneratorFunction("limit", "for (let i = 0; i < limit; i++) yield i")(3)
  const both = new AsyncGeneratorFunction("yield await pause('made of text'); yield* [1, 2]")()
  log.push(add(1), add.length, add.name, counts.next().value)
  const waiting = waits(4)
  log.push((await both.next()).value, await waiting)
  await pause("between")
  log.push(counts.next().value, (await both.next()).value, add.toString().split("\n").length)
  const made = new Function("return class Made { static #n = 0; static next() { return ++this.#n; } }")()
  made.next()
  await pause("class")
  log.push(made.next(), made.name, add(1, 2, 3, 4), secret)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[6, 1, "anonymous", 0, "made of text!", "40,undefined", 1, 1, 4, 2, "Made", 5, "not seen"]
*/
