// The strings of a tagged template are one frozen object a place in the source, before and after a restore.
async function main() {
  const log = [],
    seen = new Map()
  const tag = (strings, ...values) => {
    if (!seen.has(strings)) seen.set(strings, seen.size)
    return `#${seen.get(strings)} ${strings.raw.join("|")} ${values.join()}`
  }
  const here = value => tag`a\n${value}b`
  const there = value => tag`a\n${value}b`
  log.push(here(1), there(2))
  log.push(tag`${await pause("x")} then ${await pause("y")}${tag`inner ${await pause(1)}`}`)
  log.push(here(await pause(3)), there(4))
  const strings = await new Promise(resolve => resolve((s => s)`bad \u{110000000} escape`))
  log.push(strings[0] === undefined, strings.raw[0], Object.isFrozen(strings), Object.isFrozen(strings.raw))
  const object = {
    prefix: "p",
    tag(s, v) {
      return this.prefix + s[0] + v
    },
  }
  log.push(object.tag`method ${await pause("this")}`, seen.size)
  for (const round of [1, 2]) log.push(here(await pause(round)))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "#0 a\\n|b 1", "#1 a\\n|b 2", "#3 | then || x!,y!,#2 inner | 10", "#0 a\\n|b 30", "#1 a\\n|b 4", true,
  "bad \\u{110000000} escape", true, true, "pmethod this!", 4, "#0 a\\n|b 10", "#0 a\\n|b 20"
]
*/
