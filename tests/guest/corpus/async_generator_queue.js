// Requests queue up at an async generator that is busy: next, throw and return are answered in order, one by one.
async function main() {
  const log = []
  async function* slow() {
    for (let i = 0; i < 3; i++) {
      log.push(`before ${i}`)
      try {
        log.push(`resumed with ${yield pause(i)}`)
      } catch (error) {
        log.push(`caught ${error}`)
        yield pause(`instead of ${i}`)
      } finally {
        await pause(`leaving ${i}`)
      }
    }
  }
  const generator = slow()
  const note = name => step => log.push(`${name}: ${JSON.stringify(step)}`)
  const asked = [
    generator.next("ignored").then(note("first")),
    generator.next("one").then(note("second")),
    generator.throw("two").then(note("third")),
    generator.next("three").then(note("fourth")),
    generator.return(pause("four")).then(note("fifth")),
  ]
  await Promise.all(asked)
  await generator.next("five").then(note("sixth"))
  await generator.throw("six").catch(error => log.push(`seventh: ${error}`))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "before 0", "resumed with one", "first: {\"value\":0,\"done\":false}", "before 1", "caught two",
  "second: {\"value\":10,\"done\":false}", "third: {\"value\":\"instead of 1!\",\"done\":false}", "before 2",
  "fourth: {\"value\":20,\"done\":false}", "fifth: {\"value\":\"four!\",\"done\":true}", "sixth: {\"done\":true}",
  "seventh: six"
]
*/
