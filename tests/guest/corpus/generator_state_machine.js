// Several state machines that share an object of states: each generator is in its own one.
async function main() {
  const log = []
  const shared = { visits: 0 }
  const states = {
    *green(name) {
      shared.visits++
      return (yield `${name} green`) === "night" ? "off" : "yellow"
    },
    *yellow(name) {
      shared.visits++
      yield `${name} yellow`
      yield `${name} still yellow`
      return "red"
    },
    *red(name) {
      shared.visits++
      const wait = yield `${name} red`
      for (let i = 0; i < wait; i++) yield `${name} waits ${i}`
      return "green"
    },
    *off(name) {
      yield `${name} off`
    },
  }
  function* machine(name) {
    let state = "green"
    while (state) state = yield* states[state](name)
    return `${name} ended`
  }
  const machines = ["north", "south", "west"].map(machine)
  machines.forEach(one => log.push(one.next().value))
  const inputs = ["go", 0.2, "go", "night"]
  for (let round = 0; round < 8; round++) {
    const input = await pause(inputs[round % inputs.length])
    const one = machines[(round * 2) % 3]
    log.push(one.next(typeof input === "string" ? input.replace("!", "") : input).value)
  }
  log.push(machines.map(one => one.next("night").value ?? "nothing").join(), shared.visits)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "north green", "south green", "west green", "north yellow", "west yellow", "south yellow", "north still yellow",
  "west still yellow", "south still yellow", "north red", "west red", "north green,south red,west green", 11
]
*/
