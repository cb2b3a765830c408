// Strings in the making: long concatenations, slices of them, wide characters and lone surrogates, strings as keys.
async function main() {
  const log = []
  const checksum = text => {
    let sum = 0
    for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) | 0
    return sum
  }
  let rope = ""
  for (let i = 0; i < 2_000; i++) rope += `part ${i};`
  await pause("rope")
  rope = rope + rope.slice(100, 9_000)
  const branch = rope + (await pause("branch"))
  rope = "front" + rope + "€" + "back"
  log.push(rope.length, checksum(rope), branch.length, branch.endsWith("branch!"))
  await pause("wide")
  const keyed = { [rope]: "by rope", [branch.slice(0, 40)]: "by slice" }
  log.push(
    keyed["front" + rope.slice(5)],
    keyed[branch.substring(0, 40)],
    rope.indexOf("€"),
    rope.lastIndexOf("part 7;"),
  )
  const odd = "\ud83d" + (await pause("x"))[0] + "\ude00"
  log.push(
    odd.length,
    odd.isWellFormed(),
    [...(odd[0] + odd[2])].length,
    odd.toWellFormed().codePointAt(0).toString(16),
  )
  const letters = []
  for (const letter of "a😀é\u0301") letters.push(letter.length, (await pause(letter)).length)
  log.push(letters.join())
  const walk = "x😀y"[Symbol.iterator]()
  walk.next()
  await pause("walk")
  log.push(
    walk.next().value,
    [...walk].join(),
    "İ".toLowerCase().length,
    "ﬁ".toUpperCase(),
    "a\u0301".normalize("NFC").length,
  )
  let front = ""
  for (let i = 0; i < 300; i++) front = `${i}${front}`
  await pause("front")
  log.push(front.length, checksum(front), "z".padStart(5, front.slice(-3)), front.at(-1))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  27800, -1210078542, 27797, true, "by rope", "by slice", 27795, 54, 3, false, 1, "fffd", "1,2,2,3,1,2,1,2", "😀", "y",
  2, "FI", 1, 790, 432522506, "2102z", "0"
]
*/
