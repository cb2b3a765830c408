// A destructuring pattern that waits in a default holds its iterator open, and closes it when it is done or fails.
async function main() {
  const log = []
  const source = (name, ...values) => ({
    [Symbol.iterator]() {
      const rest = [...values]
      return {
        next: () => {
          log.push(`${name} next`)
          return rest.length ? { value: rest.shift(), done: false } : { value: undefined, done: true }
        },
        return: () => {
          log.push(`${name} return`)
          return {}
        },
      }
    },
  })
  const [a, b = await pause("default of b"), c] = source("first", 1, undefined, 3, 4)
  log.push([a, b, c].join())
  const [d = await pause("unused"), ...rest] = source("second", 5, 6, 7)
  log.push([d, ...rest].join())
  try {
    const [e = await refuse("no default"), f] = source("third", undefined, 8)
    log.push(`never ${e} ${f}`)
  } catch (error) {
    log.push(error.message)
  }
  const target = {}
  ;[target[await pause("key")], target.other = await pause("other")] = source("fourth", 9)
  log.push(JSON.stringify(target))
  const [[g = await pause("deep")], { h = await pause("deeper"), ...others }] = source("fifth", source("inner"), {
    i: 1,
  })
  log.push(g, h, JSON.stringify(others))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "first next", "first next", "first next", "first return", "1,default of b!,3", "second next", "second next",
  "second next", "second next", "5,6,7", "third next", "third return", "no default", "fourth next", "fourth next",
  "{\"key!\":9,\"other\":\"other!\"}", "fifth next", "inner next", "fifth next", "fifth return", "deep!", "deeper!",
  "{\"i\":1}"
]
*/
