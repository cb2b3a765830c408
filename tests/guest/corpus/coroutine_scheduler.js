// Coroutines made of generators take turns; the scheduler is saved with all of them in different places.
async function main() {
  const log = []
  const ready = []
  function spawn(name, body) {
    ready.push({ name, routine: body(name), message: undefined })
  }
  function* worker(name) {
    let total = 0
    for (let i = 0; i < 3; i++) {
      total += yield { ask: i + name.length }
      if (i === 1 && name === "aa") spawn("child", worker)
    }
    return `${name} made ${total}`
  }
  function* impatient(name) {
    try {
      yield { ask: 1 }
      yield { fail: "denied" }
    } catch (error) {
      yield { ask: 7 }
      return `${name} gave up: ${error.message}`
    }
  }
  spawn("a", worker)
  spawn("aa", worker)
  spawn("impatient", impatient)
  while (ready.length) {
    const task = ready.shift()
    const { value, done } = task.error ? task.routine.throw(task.error) : task.routine.next(task.message)
    if (done) {
      log.push(value)
      continue
    }
    task.error = task.message = undefined
    if (value.fail)
      await refuse(value.fail).catch(error => {
        task.error = error
      })
    else task.message = await pause(value.ask)
    ready.push(task)
  }
  return log
}
main().then(value => (globalThis.result = value))

/* expected
["a made 60", "aa made 90", "impatient gave up: denied", "child made 180"]
*/
