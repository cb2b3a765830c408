// Functions with hundreds of variables, arguments, constants and cases wait with all of them.
async function main() {
  const log = []
  const AsyncFunction = main.constructor
  const many = 300,
    range = Array.from({ length: many }, (_, index) => index)
  const variables = new AsyncFunction(
    `${range.map(i => `let v${i} = ${i} + (${i} % 100 === 99 ? await pause(${i}) : 0);`).join("\n")}
        const readers = [${range.map(i => `() => v${i}++`).join()}];
        readers[7](); readers[299]();
        await pause("all made");
        return [${range.map(i => `v${i}`).join(" + ")}, readers[299]()];`,
  )
  log.push(...(await variables()))
  const spread = async (...list) => {
    await pause(list.length)
    return list.reduce((a, b) => a + b) + arguments.length
  }
  log.push(await spread(...range, ...range))
  const choose = new AsyncFunction(
    "x",
    `switch (x) { ${range.map(i => `case "k${i}": return await pause(${i});`).join("\n")} } return "none";`,
  )
  log.push(await choose("k250"), await choose("k300"))
  let expression = "await pause(1)"
  for (let i = 0; i < 60; i++) expression = `(${i} + ${expression})`
  log.push(await new AsyncFunction(`return ${expression}`)())
  const object = await new AsyncFunction(
    `return { ${range.map(i => `k${i}: ${i === 150 ? "await pause('half')" : i}`).join()} }`,
  )()
  log.push(Object.keys(object).length, object.k150, object.k299)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[50822, 3290, 89700, 2500, "none", 1780, 300, "half!", 299]
*/
