// Direct eval adds variables to a running function, sees its private names, and makes closures that outlive it.
async function main() {
  const log = []
  async function sloppy(code) {
    let local = await pause("local")
    const before = typeof added
    const value = eval(code)
    await pause("after eval")
    return [before, typeof added, value, local, eval("local += '?'; typeof added"), local].join()
  }
  log.push(await sloppy("var added = 1; local + ' seen'"))
  function scope() {
    let secret = "secret"
    return {
      run: code => eval(code),
      replace: value => {
        secret = value
      },
    }
  }
  const inside = scope()
  const reader = inside.run("() => secret"),
    deep = inside.run("eval('(x) => eval(`secret + x`)')")
  await pause("closures made")
  inside.replace("replaced")
  log.push(reader(), deep(" and more"), inside.run("typeof log"), (0, eval)("typeof log"))
  class Holder {
    #hidden = "private"
    peek(code) {
      return eval(code)
    }
  }
  const holder = new Holder()
  await pause("private")
  log.push(holder.peek("this.#hidden"), holder.peek("(() => this.#hidden + 1)()"))
  const strict = (function () {
    "use strict"
    return code => eval(code)
  })()
  await pause("strict")
  log.push(strict("var kept = 1; typeof kept"), strict("typeof kept"))
  const generator = eval("(function* () { let n = 0; while (true) n += yield n; })()")
  generator.next()
  log.push(generator.next(await pause(1)).value, generator.next(await pause(2)).value)
  ;(0, eval)("var madeByEval = function () { return typeof main; }")
  await pause("global")
  log.push(madeByEval(), delete globalThis.madeByEval, typeof madeByEval)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "undefined,number,local! seen,local!,number,local!?", "replaced", "replaced and more", "object", "undefined",
  "private", "private1", "number", "undefined", 10, 30, "function", true, "undefined"
]
*/
