// Calls that were made together and answered out of order each reach whoever made them.
async function main() {
  const log = [],
    results = new Array(12)
  const calls = Array.from({ length: 12 }, (_, index) =>
    pause(index).then(value => {
      results[index] = value
      log.push(index)
    }),
  )
  await calls[11]
  log.push("the last one")
  calls.push(pause("added").then(value => log.push(value)))
  await Promise.all(calls)
  return { results, log }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "results": [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110],
  "log": [11, "the last one", "added!", 10, 9, 8, 7, 6, 5, 4, 3, 2, 0, 1]
}
*/
