// Requests that were queued before an async generator ended are answered when it has.
async function main() {
  const log = []
  async function* once() {
    yield pause("only")
    await pause("ending")
  }
  const generator = once()
  const note = name => step => log.push(`${name} ${JSON.stringify(step)}`)
  generator.next().then(note("first"))
  generator.return(pause("early")).then(note("second"))
  generator.next().then(note("third"))
  generator.throw("late").catch(error => log.push(`fourth ${error}`))
  for (let i = 0; i < 3; i++) log.push(await pause(`step ${i}`))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "step 0!", "step 1!", "step 2!", "first {\"value\":\"only!\",\"done\":false}",
  "second {\"value\":\"early!\",\"done\":true}", "third {\"done\":true}", "fourth late"
]
*/
