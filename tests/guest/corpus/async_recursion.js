// Many frames wait on top of each other, each with locals of its own; some of them fail on the way back.
async function main() {
  const log = []
  async function descend(depth, path) {
    const local = `${path}/${depth}`
    if (depth === 0) return [await pause("bottom"), local.length]
    try {
      const [answer, length] = await descend(depth - 1, local)
      if (depth % 10 === 0) return [`${answer}${await pause(depth)}`, length]
      return [answer, length]
    } finally {
      if (depth === 15) log.push(local.slice(-9))
    }
  }
  log.push(...(await descend(40, "")))
  const tree = {
    value: 1,
    children: [
      { value: 2, children: [{ value: 3, children: [] }] },
      { value: 4, children: [] },
    ],
  }
  const sum = async ({ value, children }) =>
    (await pause(value)) + (await Promise.all(children.map(sum))).reduce((a, b) => a + b, 0)
  log.push(await sum(tree))
  const fails = async depth => {
    if (depth === 0) return refuse("deep")
    try {
      return await fails(depth - 1)
    } catch (error) {
      if (depth === 3) await pause("on the way back")
      throw new Error(`level ${depth}`, { cause: error })
    }
  }
  const causes = []
  for (let error = await fails(4).catch(e => e); error; error = error.cause) causes.push(error.message)
  log.push(causes.join())
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["/17/16/15", "bottom!100200300400", 113, 100, "level 4,level 3,level 2,level 1,deep"]
*/
