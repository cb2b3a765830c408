// Global and sticky expressions go on at lastIndex, in exec loops that wait in their bodies.
async function main() {
  const log = []
  const words = /(?<first>\w)(\w*)/g,
    text = "alpha beta, gamma"
  let match
  while ((match = words.exec(text))) {
    log.push(`${match.groups.first}|${match[2]} at ${match.index} next ${words.lastIndex}`)
    await pause(match[0])
  }
  log.push(words.lastIndex)
  const token = /\s*(?:(\d+)|([-+*]))/y,
    tokens = []
  const source = "12 + 3*x"
  while (token.test(source)) {
    const end = token.lastIndex
    tokens.push(end)
    await pause(end)
    if (token.lastIndex !== end) log.push("lastIndex was lost")
  }
  log.push(tokens.join(), token.lastIndex)
  words.lastIndex = 7
  await pause("set by hand")
  log.push(words.exec(text)[0], words.lastIndex)
  const same = /a/g,
    literal = () => /a/g
  const fresh = literal()
  fresh.lastIndex = 3
  await pause("literals")
  log.push(literal().lastIndex, literal() === literal(), same.test("a"), same.test("a"))
  const indices = /(?<year>\d{4})-(?<month>\d\d)?/d.exec("on 2024-")
  await pause("indices")
  log.push(indices.indices.groups.year.join(), indices.groups.month ?? "no month", indices.input)
  const unicode = /\p{Lu}\p{M}*/gu
  unicode.test("aÉbÅ")
  await pause("unicode")
  log.push("aÉbÅ".slice(unicode.lastIndex))
  log.push(/[\p{L}--[a-z]]/v.exec("abΣ")[0], /(?<=\$)\d+(?!\.)/.exec("1 $23 $4.")[0])
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "a|lpha at 0 next 5", "b|eta at 6 next 10", "g|amma at 12 next 17", 0, "2,4,6,7", 0, "eta", 10, 0, false, true,
  false, "3,7", "no month", "on 2024-", "bÅ", "Σ", "23"
]
*/
