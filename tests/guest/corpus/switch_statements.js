// switch waits in its discriminant, in case expressions and bodies, and falls through with its own scope.
async function main() {
  const log = []
  async function visit(input) {
    const made = []
    switch (await pause(input)) {
      case await pause("first"):
        let local = `one ${input}`
        made.push(() => local)
        local += await pause("inside")
      case "second!":
        try {
          local = "assigned in another case"
        } catch (error) {
          made.push(() => error.name)
        }
        break
      default:
        made.push(() => "default")
      case 0:
        made.push(() => "fell")
        switch (input) {
          case 3:
            await pause(input)
          case 4:
            return made.map(make => make()).join() + " returned"
        }
    }
    return made.map(make => make()).join()
  }
  for (const input of ["first", "second", 3, "other"]) log.push(await visit(input))
  switch (NaN) {
    case NaN:
      log.push("never")
    default:
      log.push("no case is NaN")
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["assigned in another case", "ReferenceError", "default,fell returned", "default,fell", "no case is NaN"]
*/
