// Generators that rest inside switch, with, nested loops, argument lists, class bodies and destructuring.
async function main() {
  const log = []
  function* odd(object) {
    switch (yield "discriminant") {
      case yield "first case":
        return "wrong"
      case yield "second case":
        with (object) {
          inside = yield visible
          for (let i = 0; i < 2; i++) for (const j of [yield `list ${i}`, "fixed"]) log.push(`${i}${j}`)
        }
    }
    const sum = Math.max(yield "argument 1", ...(yield "spread"), yield "argument 2")
    class Made {
      static [yield "class key"] = "static"
      static made = new.target
    }
    const text = yield* delegated()
    const { [yield "pattern key"]: found = yield "default" } = Made
    return `${sum} ${Object.keys(Made)} ${text} ${found} ${`${yield "template"}!`}`
  }
  function* delegated() {
    return `returned ${yield "delegated"}`
  }
  const object = { inside: 0, visible: "visible" }
  const answers = [
    undefined,
    "b",
    "a",
    "b",
    "set inside",
    "l0",
    "l1",
    3,
    [9, 2],
    5,
    "key",
    "value",
    "missing",
    "given",
    "end",
  ]
  const walk = odd(object)
  let step
  for (const [index, answer] of answers.entries()) {
    step = walk.next(answer)
    log.push(step.value)
    if (index % 3 === 0) await pause(index)
  }
  return { log, done: step.done, inside: object.inside }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "log": [
    "discriminant", "first case", "second case", "visible", "list 0", "0l0", "0fixed", "list 1", "1l1", "1fixed",
    "argument 1", "spread", "argument 2", "class key", "delegated", "pattern key", "default", "template",
    "9 key,made returned value given end!"
  ],
  "done": true,
  "inside": "set inside"
}
*/
