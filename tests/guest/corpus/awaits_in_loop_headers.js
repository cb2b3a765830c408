// Loops that wait in each part of their header, with closures made there too.
// keeps: the engine makes the methods of a hidden prototype when they are first used
async function main() {
  const log = [],
    readers = []
  for (let i = await pause(0), limit = await pause(0.3); i < (await pause(limit)) / 10; i += (await pause(0.1)) + 0) {
    readers.push(() => `${i}/${limit}`)
    if (i !== 1) log.push(i)
  }
  log.push(readers.map(read => read()).join())
  let tries = 0
  do tries++
  while ((await pause(tries)) < 20)
  log.push(tries)
  while (await pause(tries > 0 ? tries-- : 0)) if (tries === 0) break
  log.push(tries)
  for (const item of await pause(["x", "y"])) log.push(item)
  for (const key in await pause({ k: 1, l: 2 })) log.push(key)
  for await (const item of [pause("z")]) log.push(item)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[0, 2, "0/3,1/3,2/3", 2, 0, "x", "y", "k", "l", "z!"]
*/
