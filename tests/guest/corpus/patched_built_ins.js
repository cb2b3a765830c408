// Built-ins that the program has replaced stay replaced, for literals and loops that are already under way too.
async function main() {
  const log = []
  const { iterator } = Symbol,
    originals = { values: Array.prototype[iterator], then: Promise.prototype.then, log: Math.max }
  const running = [1, 2, 3][iterator]()
  running.next()
  Array.prototype.sum = function () {
    return this.reduce((a, b) => a + b, 0)
  }
  Object.defineProperty(Object.prototype, "describe", {
    value() {
      return `described ${typeof this}`
    },
    configurable: true,
  })
  String.prototype.shout = function () {
    return `${this.toUpperCase()}!`
  }
  Math.max = () => "replaced"
  await pause("patched")
  log.push([1, 2].sum(), (5).describe(), "a".shout(), Math.max(1), {}.describe.call(null).slice(0, 9))
  Array.prototype[iterator] = function* () {
    yield "patched"
    yield this.length
  }
  log.push([...[7, 8, 9]].join(), running.next().value)
  await pause("iteration")
  const [first, second] = [5]
  log.push(first, second)
  Array.prototype[iterator] = originals.values
  let thens = 0
  Promise.prototype.then = function (...list) {
    thens++
    return originals.then.apply(this, list)
  }
  log.push(await pause("then"), await Promise.resolve(1).finally(() => 0))
  Promise.prototype.then = originals.then
  log.push(thens)
  Object.defineProperty(globalThis, "undefinedBefore", { get: () => "global getter", configurable: true })
  await pause("global")
  log.push(undefinedBefore, running.next().value)
  delete globalThis.undefinedBefore
  delete Array.prototype.sum
  delete Object.prototype.describe
  delete String.prototype.shout
  Math.max = originals.log
  await pause("taken back")
  log.push(typeof [].sum, typeof undefinedBefore, Math.max(3, 4))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  3, "described object", "A!", "replaced", "described", "patched,3", 2, "patched", 1, "then!", 1, 3, "global getter",
  3, "undefined", "undefined", 4
]
*/
