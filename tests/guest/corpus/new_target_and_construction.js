// new.target seen by arrows that run after the constructor, Reflect.construct, and classes that are called late.
async function main() {
  const log = []
  function Old() {
    const inner = async () => (await pause("old"), new.target?.name ?? "called")
    this.inner = inner
  }
  class Abstract {
    constructor() {
      if (new.target === Abstract) throw new TypeError("abstract")
      this.made = (async () => `${await pause(new.target.name)} ${this.constructor.name}`)()
    }
  }
  class Concrete extends Abstract {}
  class Other {
    get other() {
      return true
    }
  }
  const old = new Old(),
    called = {}
  Old.call(called)
  log.push(await old.inner(), await called.inner())
  log.push(await new Concrete().made)
  const odd = Reflect.construct(Concrete, [], Other)
  log.push(await odd.made, odd instanceof Concrete, odd.other)
  try {
    new Abstract()
  } catch (error) {
    log.push(error.message)
  }
  const Late = await pause(Concrete)
  log.push(Late === Concrete, await new Late().made)
  try {
    Late()
  } catch (error) {
    log.push(error instanceof TypeError)
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["Old", "called", "Concrete! Concrete", "Other! Other", false, true, "abstract", true, "Concrete! Concrete", true]
*/
