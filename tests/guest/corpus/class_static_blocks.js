// Static blocks and initialisers run in order, see this and private names, and leave closures that live on.
async function main() {
  const log = []
  let open
  class Vault {
    static #secret = "initial"
    static first = log.push("first field")
    static {
      log.push(`block sees ${this.#secret} and ${typeof this.second}`)
      open = {
        read: () => this.#secret,
        write: value => {
          this.#secret = value
        },
      }
      var local = "hoisted to the block only"
    }
    static second = log.push("second field")
    static {
      try {
        throw new Error(local ?? "unreachable")
      } catch (error) {
        log.push(error instanceof ReferenceError)
      }
    }
    static self = Vault
    static later = async () => [this === Vault, await pause(this.#secret)]
  }
  log.push(await pause(open.read()))
  open.write(await pause("replaced"))
  const kept = Vault
  log.push(...(await kept.later()), open.read(), kept.self === kept)
  await pause("end")
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "first field", "block sees initial and undefined", "second field", true, "initial!", true, "replaced!!",
  "replaced!", true
]
*/
