// An async generator that waits inside try, catch and finally, and after return() was called from outside.
async function main() {
  const log = []
  async function* numbers(name) {
    let sum = 0
    try {
      for (let i = 1; ; i++) {
        sum += await pause(i)
        const sent = yield `${name} ${sum}`
        if (sent) throw await pause(sent)
      }
    } catch (error) {
      log.push(`${name} caught ${error}`)
      yield await pause(`${name} in catch`)
    } finally {
      log.push(`${name} finally begins`)
      log.push(await pause(`${name} in finally`))
    }
    return "end"
  }
  const one = numbers("one"),
    two = numbers("two")
  const steps = [await one.next(), await two.next(), await one.next(), await two.next("problem")]
  steps.push(await one.return(pause("returned")))
  steps.push(await two.next())
  steps.push(await two.next(), await one.next())
  return { steps: steps.map(step => [step.value ?? null, step.done]), log }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "steps": [
    ["one 10", false],
    ["two 10", false],
    ["one 30", false],
    ["two in catch!", false],
    ["returned!", true],
    ["end", true],
    [null, true],
    [null, true]
  ],
  "log": ["two caught problem!", "one finally begins", "one in finally!", "two finally begins", "two in finally!"]
}
*/
