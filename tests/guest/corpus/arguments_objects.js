// arguments is tied to the parameters in sloppy functions, is a copy in others, and lives as long as it is held.
async function main() {
  const log = []
  async function sloppy(a, b) {
    a = await pause(a)
    arguments[1] = "through arguments"
    await pause("sloppy")
    return [a, b, arguments[0], arguments.length, arguments[2]].join()
  }
  async function strict(a) {
    "use strict"
    a = await pause(a)
    arguments[0] = "not seen"
    await pause("strict")
    return [a, arguments[0], arguments.length].join()
  }
  async function defaults(a, b = a + 1, ...rest) {
    a = await pause(a)
    return [a, b, rest.length, arguments.length, arguments[0]].join()
  }
  function holder(a) {
    return {
      args: arguments,
      set: value => {
        a = value
      },
      get: () => a,
    }
  }
  log.push(await sloppy("x", "y", "z"), await strict("s"), await defaults(1), await defaults(1, 2, 3, 4))
  const held = holder("held")
  await pause("held")
  held.set("set by closure")
  log.push(held.args[0])
  held.args[0] = "set by arguments"
  await pause("again")
  log.push(held.get())
  delete held.args[0]
  held.set("no longer tied")
  log.push(held.args[0] ?? "deleted", [...held.args].length, Object.prototype.toString.call(held.args))
  const arrow = function () {
    return async () => (await pause("arrow"), [...arguments].join())
  }
  log.push(await arrow(1, 2)("not these"))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "x!,through arguments,x!,3,z", "s!,not seen,1", "10,2,0,1,1", "10,2,2,4,1", "set by closure", "set by arguments",
  "deleted", 1, "[object Arguments]", "1,2"
]
*/
