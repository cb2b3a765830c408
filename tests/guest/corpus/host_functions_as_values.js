// Host functions are values: in containers, as methods, getters and callbacks, and called back from the host.
async function main() {
  const log = []
  const table = new Map([
      [twice, "doubles"],
      [store.label, "labels"],
    ]),
    object = {
      twice,
      get label() {
        return store.label
      },
    }
  const held = pause,
    { read } = store
  await held("held")
  log.push(table.get(twice), table.get(store.label), [1, 2, 3].map(twice).join(), object.twice("ab"), object.label("x"))
  log.push(await read("key"), await Promise.all(["a", "b"].map(key => store.read(key))).then(all => all.join()))
  const back = await pause(twice)
  log.push(back === twice, typeof back, twice.name, back(8))
  const calling = relay((a, b) => relay(c => `${a}${b}${c}`, "deep"), "one", "two")
  await pause("relayed")
  log.push(calling, relay(twice, 4))
  const asyncResult = relay(async value => (await pause(value)) + "?", "through the host")
  log.push(await asyncResult)
  for (const attempt of [
    () => fail("plainly"),
    () => relay(fail, "relayed"),
    () =>
      relay(() => {
        throw new RangeError("mine")
      }),
  ]) {
    try {
      attempt()
    } catch (error) {
      log.push(await pause(`${error.name} ${error.message}`), error instanceof Error)
    }
  }
  const proxied = new Proxy(twice, { apply: (target, self, list) => `proxied ${target(...list)}` })
  await pause("proxied")
  log.push(proxied(21), twice.call(null, 5), Reflect.apply(store.label, undefined, ["reflected"]))
  twice.note = "on the function"
  await pause("property")
  log.push(twice.note, delete twice.note)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "doubles", "labels", "2,4,6", "abab", "label of x", "key!", "a!,b!", true, "function", "twice", 16, "onetwodeep", 8,
  "through the host!?", "ValueError plainly!", true, "ValueError relayed!", true, "RangeError mine!", true,
  "proxied 42", 10, "label of reflected", "on the function", true
]
*/
