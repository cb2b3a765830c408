// matchAll, replace and split: an iterator of matches in progress has its own expression and its own place.
async function main() {
  const log = []
  const pattern = /([a-z])(\d)?/g,
    text = "a1-b-c3-d"
  pattern.lastIndex = 2
  const matches = text.matchAll(pattern)
  log.push(matches.next().value[0], pattern.lastIndex)
  pattern.lastIndex = 99
  for (const match of matches) {
    log.push(`${match[0]} ${match[1]} ${match[2] ?? "none"} at ${match.index}`)
    await pause(match[0])
  }
  log.push(matches.next().done, [..."no".matchAll(/x/g)].length)
  const empty = "ab".matchAll(/(?:)/g),
    positions = []
  for (const { index } of empty) positions.push(await pause(index))
  log.push(positions.join())
  const parts = []
  "x1y22z".replace(/\d+/g, (digits, offset) => {
    parts.push(pause(`${digits}@${offset}`))
    return ""
  })
  log.push((await Promise.all(parts)).join())
  log.push("2024-05-06".replace(/(?<y>\d+)-(?<m>\d+)-(?<d>\d+)/, `$<d>.$<m>.$<y> $& $1 ${await pause("$`")}`))
  log.push("a, b;c".split(/([,;])\s*/).join("|"), RegExp.escape(await pause("a.b")))
  class Loud extends RegExp {
    [Symbol.replace](string, by) {
      return super[Symbol.replace](string, by.toUpperCase())
    }
  }
  const loud = new Loud("o", "g")
  await pause("subclass")
  log.push("foo".replace(loud, "u"), "foo".replaceAll(loud, "a"))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "b", 2, "c3 c 3 at 5", "d d none at 8", true, 0, "0,10,20", "1@1!,22@3!", "06.05.2024 2024-05-06 2024 !",
  "a|,|b|;|c", "\\x61\\.b\\x21", "fUU", "fAA"
]
*/
