// The console's counters, groups and timers go on, and show what the program has then.
async function main() {
  const object = { state: 1, inner: new Map([["key", [1, 2]]]) }
  console.count("steps")
  console.group("outer")
  console.log("begin", object)
  console.time("timer")
  object.state = await pause(1)
  console.count("steps")
  console.group("inner")
  console.log(object)
  await pause("inner")
  console.groupEnd()
  console.timeLog("timer", "so far")
  console.countReset("steps")
  await pause("reset")
  console.count("steps")
  console.groupEnd()
  console.timeEnd("timer")
  console.table([{ a: 1, b: await pause("cell") }])
  console.error("%s has %d%%", "format", 100)
  return "done"
}
main().then(value => (globalThis.result = value))

/* expected
"done"
*/

/* printed
[
  "steps: 1\n", "outer\n", "  begin { state: 1, inner: Map(1) { 'key' => [ 1, 2 ] } }\n", "  steps: 2\n", "  inner\n",
  "    { state: 10, inner: Map(1) { 'key' => [ 1, 2 ] } }\n", "  timer: 250ms so far\n", "  steps: 1\n",
  "timer: 375ms\n",
  "┌─────────┬───┬─────────┐\n│ (index) │ a │ b       │\n├─────────┼───┼─────────┤\n│ 0       │ 1 │ 'cell!' │\n└─────────┴───┴─────────┘\n",
  "format has 100%\n"
]
*/
