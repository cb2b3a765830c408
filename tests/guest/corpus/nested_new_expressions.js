// The first arguments behind `new new` belong to the inner constructor, the second ones to the outer.
async function main() {
  const log = []
  function classOf(outer) {
    return class {
      constructor(inner) {
        this.text = `${outer} ${inner}`
      }
    }
  }
  const attempts = [
    async () => new new classOf(await pause("a"))(await pause("b")).text,
    async () => new new classOf("c")(await pause("d")).text,
    async () => new new Function("this.x = 1")().x,
  ]
  for (const attempt of attempts) {
    log.push(await attempt().catch(error => error.name))
    await pause("next")
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["a! b!", "c d!", 1]
*/
