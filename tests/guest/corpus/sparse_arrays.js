// Arrays with holes, far indexes and odd lengths, and array-likes, through methods that skip holes and that do not.
async function main() {
  const log = []
  const sparse = [1, , 3]
  sparse[100_000] = await pause("far")
  sparse.extra = "named"
  log.push(
    sparse.length,
    1 in sparse,
    Object.keys(sparse).join(),
    sparse.indexOf(undefined),
    sparse.includes(undefined),
  )
  const visited = []
  sparse.forEach((value, index) => visited.push(`${index}=${value}`))
  await pause("visited")
  log.push(visited.join())
  sparse.length = 4
  sparse.length = await pause(0.6)
  log.push(sparse.length, sparse.map(value => value * 2).join("|"), [...sparse].length, 5 in sparse)
  sparse.reverse()
  await pause("reversed")
  log.push(
    Object.keys(sparse).join(),
    sparse.flat().join(),
    sparse.findLastIndex(value => value === undefined),
  )
  const huge = []
  huge[2 ** 32 - 2] = "last"
  await pause("huge")
  log.push(huge.length, Object.keys(huge).join())
  try {
    huge.push("overflow")
  } catch (error) {
    log.push(error.name, huge[4294967295])
  }
  const like = { length: 2, 0: "x", 1: "y" }
  Array.prototype.push.call(like, await pause("z"))
  log.push(like.length, like[2], Array.prototype.join.call(like, "-"), Array.prototype.splice.call(like, 0, 1).join())
  const filled = new Array(5).fill().map((_, index) => index ** 2)
  delete filled[2]
  await pause("deleted")
  log.push(filled.copyWithin(0, 2).length, 0 in filled, filled.sort((a, b) => b - a).join(), filled.with(0, "w")[0])
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  100001, false, "0,2,100000,extra", -1, true, "0=1,2=3,100000=far!", 6, "2||6|||", 6, false, "3,5,extra", "3,1", 4,
  4294967295, "4294967294", "RangeError", "overflow", 3, "z!", "x-y-z!", "x", 5, false, "16,16,9,9,", "w"
]
*/
