// Numbers of every kind: minus zero, NaN, infinities, the smallest and the largest, integers that become floats.
async function main() {
  const log = []
  const odd = [
    -0,
    NaN,
    Infinity,
    -Infinity,
    Number.MIN_VALUE,
    Number.MAX_VALUE,
    2 ** 53 + 2,
    0.1 + 0.2,
    -(2 ** 31),
    2 ** 32,
  ]
  const show = values => values.map(value => (Object.is(value, -0) ? "-0" : String(value))).join()
  const before = show(odd)
  await pause("odd")
  log.push(show(odd) === before, before)
  let counter = 2 ** 31 - 2
  for (let i = 0; i < 4; i++) {
    counter++
    log.push(counter, counter | 0)
    await pause(i)
  }
  let sum = 0
  for (let i = 0; i < 10; i++) sum += 0.1
  log.push(sum === (await pause(0.09999999999999999)) || sum, sum.toFixed(20), (1e21).toString(), (255).toString(16))
  const object = new Number(5)
  object.extra = await pause("wrapped")
  log.push(object + 1, object.extra, typeof object, Object(-0) == 0)
  log.push(
    (25).toString(36),
    (1234.5678).toExponential(2),
    (0.000001234).toPrecision(2),
    Number("0x1f"),
    parseFloat("3.14abc"),
  )
  await pause("math")
  log.push(
    Math.hypot(3, 4),
    Math.fround(5.5),
    Math.clz32(1),
    Math.imul(0xffffffff, 5),
    Math.sign(-0) === 0,
    Math.trunc(-4.7),
  )
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  true,
  "-0,NaN,Infinity,-Infinity,5e-324,1.7976931348623157e+308,9007199254740994,0.30000000000000004,-2147483648,4294967296",
  2147483647, 2147483647, 2147483648, -2147483648, 2147483649, -2147483647, 2147483650, -2147483646, true,
  "0.99999999999999988898", "1e+21", "ff", 6, "wrapped!", "object", true, "p", "1.23e+3", "0.0000012", 31, 3.14, 5,
  5.5, 31, -5, true, -4
]
*/
