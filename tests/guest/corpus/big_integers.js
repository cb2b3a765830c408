// Big integers in the middle of a computation, beyond any word, negative, in containers and in conversions.
async function main() {
  const log = []
  let factorial = 1n,
    a = 0n,
    b = 1n
  for (let i = 1n; i <= 60n; i++) {
    factorial *= i
    ;[a, b] = [b, a + b]
    if (i % 15n === 0n) await pause(Number(i))
  }
  log.push(String(factorial), String(a), (factorial >> 100n).toString(36), factorial % 61n === 60n)
  const huge = 2n ** 4096n - 1n
  await pause("huge")
  log.push(
    huge.toString(16).length,
    (huge & (huge >> 4000n)).toString(2).length,
    huge % 1_000_007n === (2n ** 4096n - 1n) % 1_000_007n,
  )
  const back = await pause(-huge)
  log.push(
    back === -huge,
    back < 0n,
    -back === huge,
    BigInt.asIntN(8, 255n).toString(),
    BigInt.asUintN(70, -1n).toString(),
  )
  const map = new Map([
    [10n, "ten"],
    [2n ** 70n, "large"],
  ])
  await pause("keys")
  log.push(
    map.get(5n + 5n),
    map.get(1n << 70n),
    10n == 10,
    [3n, 1, 2n, 10].sort().join(),
    typeof Object(1n),
    7n / -2n === -3n,
  )
  try {
    log.push(1n + (await pause(1)))
  } catch (error) {
    log.push(error.name)
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "8320987112741390144276341183223364380754172606361245952449277696409600000000000000", "1548008755920",
  "2vmrhxwao9nfu1smoq1250flq4fswpibcf", true, 1024, 96, true, true, true, true, "-1", "1180591620717411303423", "ten",
  "large", true, "1,10,2,3", "object", true, "TypeError"
]
*/
