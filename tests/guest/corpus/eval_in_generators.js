// Variables that eval adds to generators, methods and arrows that rest, and functions it makes there.
async function main() {
  const log = []
  function* sloppy(code) {
    let own = 1
    eval(code)
    yield typeof added
    own += added
    const more = yield eval("() => [own, added, arguments.length].join()")
    eval(more)
    yield [own, added, typeof later].join()
    return delete added
  }
  const walk = sloppy("var added = 5")
  log.push(walk.next().value)
  await pause("declared")
  const closure = walk.next().value
  log.push(closure())
  log.push(walk.next(await pause("own++; function later() { return added } //")).value)
  await pause("nearly")
  log.push(closure(), walk.next().value)
  class Holder {
    #n = 1
    static #made = 0
    async run(code) {
      const before = this.#n
      const value = await eval(code)
      return [before, value, this.#n, ++Holder.#made].join()
    }
  }
  const holder = new Holder()
  log.push(await holder.run("pause('in eval').then(answer => { this.#n += answer.length; return answer; })"))
  log.push(
    await holder.run(
      "(async () => { this.#n *= await pause(2); return super.toString === Object.prototype.toString; })()",
    ),
  )
  const arrow = (() => {
    const hidden = "hidden"
    return async code => eval(`(async () => ${code})()`)
  })()
  log.push(await arrow("[hidden, typeof await pause(1), new.target ?? 'no target'].join()").catch(error => error.name))
  log.push(await arrow("`${hidden} ${await pause(3)}`"))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "number", "6,5,1", "7,5,function", "7,5,1", true, "1,in eval!,9,1", "9,true,180,2", "hidden,number,no target",
  "hidden 30"
]
*/
