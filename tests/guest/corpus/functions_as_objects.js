// Functions keep source, name, length, own properties and prototype, and are made anew where that is due.
async function main() {
  const log = []
  function named(a, b = 1, ...rest) {
    /* a comment */ return [a, b, rest]
  }
  const anonymous = (
      () => x =>
        x
    )(),
    { method } = { async *method() {} },
    key = Symbol("key")
  const holder = {
    [key]() {},
    get accessor() {
      return 1
    },
    "with space"() {},
    arrow: () => 0,
  }
  named.counter = await pause(1)
  const functions = [
    named,
    anonymous,
    method,
    holder[key],
    holder["with space"],
    holder.arrow,
    class A {
      static name = "own"
    },
  ]
  await pause("listed")
  log.push(
    functions.map(f => `${f.name}/${f.length}`).join(),
    named.toString().includes("/* a comment */"),
    named.counter,
  )
  Object.defineProperty(anonymous, "name", { value: await pause("renamed") })
  log.push(
    anonymous.name,
    Object.getOwnPropertyDescriptor(holder, "accessor").get.name,
    delete named.length,
    named.length,
  )
  const make = () => function () {}
  const first = make(),
    second = make()
  await pause("made")
  log.push(first === second, first.prototype === second.prototype, first.prototype.constructor === first)
  first.prototype.shared = "on the prototype"
  const instance = new first()
  await pause("instance")
  log.push(
    instance.shared,
    "shared" in new second(),
    method.toString(),
    Object.hasOwn(method, "prototype"),
    holder.arrow.prototype ?? "none",
  )
  const cached = new Map([
    [named, "named"],
    [holder.arrow, "arrow"],
  ])
  await pause("keys")
  log.push(cached.get(named), cached.get(holder.arrow), cached.get(make()) ?? "unknown", typeof Function.prototype)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "named/1,/1,method/0,[key]/0,with space/0,arrow/0,own/0", true, 10, "renamed!", "get accessor", true, 0, false,
  false, true, "on the prototype", false, "async *method() {}", true, "none", "named", "arrow", "unknown", "function"
]
*/
