// all, allSettled, race and any in the making: what they have collected so far, and who wins.
async function main() {
  const log = []
  const note = name => value => {
    log.push(`${name} ${JSON.stringify(value)}`)
  }
  const works = name => pause(name),
    fails = name => refuse(name)
  const message = ({ name, errors }) => `${name} ${errors.map(error => error.message)}`
  const all = Promise.all([works("a"), 1, works("b"), { then: done => done("thenable") }, works("c")]).then(note("all"))
  const failing = Promise.all([works("d"), fails("e"), fails("f")]).catch(error => note("failing")(error.message))
  const settled = Promise.allSettled([works("g"), fails("h"), fails({ code: 5 })]).then(results =>
    note("settled")(results.map(({ status, value, reason }) => [status, value ?? reason.message ?? reason.code])),
  )
  const race = Promise.race([works("i"), fails("j"), works("k")]).then(note("race"), error =>
    note("race lost")(error.message),
  )
  const any = Promise.any([fails("l"), works("m"), works("n")]).then(note("any"))
  const none = Promise.any([fails("o"), fails("p")]).catch(error => note("none")(message(error)))
  await Promise.all([all, failing, settled, race, any, none])
  await Promise.all([
    Promise.all([]).then(note("empty all")),
    Promise.any([]).catch(error => note("empty any")(message(error))),
  ])
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "none \"AggregateError o,p\"", "any \"n!\"", "race \"k!\"",
  "settled [[\"fulfilled\",\"g!\"],[\"rejected\",\"h\"],[\"rejected\",5]]", "failing \"f\"",
  "all [\"a!\",1,\"b!\",\"thenable\",\"c!\"]", "empty all []", "empty any \"AggregateError \""
]
*/
