// Expressions wait with operands on the stack: binary, compound, logical and conditional ones, and references.
async function main() {
  const log = []
  let n = 1
  n += (await pause(1)) + (n = 100)
  log.push(n)
  const o = {
    a: 2,
    get log() {
      log.push("read")
      return this.hidden
    },
    set log(v) {
      this.hidden = v
    },
  }
  const key = name => {
    log.push(`key ${name}`)
    return name
  }
  o[key("a")] **= await pause(0.3)
  o[key("b")] ??= await pause("b")
  o[key("b")] ??= await pause("never")
  o[key("a")] &&= `${o.a} ${await pause("and")}`
  o.log ||= await pause("or")
  log.push(o.a, o.b, o.log)
  log.push(o.a.length - (await pause(1)) * 2 + (await pause(2)) ** 2)
  log.push((await pause("x")) in { "x!": 1 } ? await pause("yes") : await pause("no"))
  log.push(typeof (await pause(null)), void (await pause(0)) ?? "void", delete o[await pause("a")], "a" in o)
  const order = []
  const note = value => (order.push(value), value)
  const comparison = note(1) < (await pause(note(2))) === note(true)
  log.push(comparison, order.join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  111, "key a", "key b", "key b", "key a", "read", "read", "8 and!", "b!", "or!", 386, "yes!", "object", "void", true,
  true, true, "1,2,true"
]
*/
