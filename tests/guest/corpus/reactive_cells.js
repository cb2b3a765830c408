// Cells that compute from each other, with getters, a stack of who is computing, and effects that wait.
async function main() {
  const log = []
  let active = null
  const cell = value => {
    const readers = new Set()
    return {
      get value() {
        if (active) {
          readers.add(active)
          active.sources.add(readers)
        }
        return value
      },
      set value(next) {
        if (next !== value) {
          value = next
          for (const reader of [...readers]) reader.run()
        }
      },
    }
  }
  const effect = body => {
    const self = {
      sources: new Set(),
      runs: 0,
      run() {
        for (const readers of self.sources) readers.delete(self)
        self.sources.clear()
        const outer = active
        active = self
        self.runs++
        try {
          return body()
        } finally {
          active = outer
        }
      },
    }
    self.run()
    return self
  }
  const computed = body => {
    const inner = cell()
    effect(() => {
      inner.value = body()
    })
    return inner
  }
  const first = cell("Ada"),
    last = cell("Byron"),
    short = cell(false)
  const full = computed(() => (short.value ? first.value : `${first.value} ${last.value}`))
  const shown = effect(() => log.push(full.value))
  const sent = []
  effect(() => {
    const text = full.value
    pause(text).then(answer => sent.push(answer))
  })
  await pause("made")
  last.value = await pause("Lovelace")
  short.value = true
  await pause("short")
  last.value = "not seen"
  first.value = await pause("Augusta")
  await pause("end")
  return { log, runs: shown.runs, sent: sent.sort() }
}
main().then(value => (globalThis.result = value))

/* expected
{
  "log": ["Ada Byron", "Ada Lovelace!", "Ada", "Augusta!"],
  "runs": 4,
  "sent": ["Ada Byron!", "Augusta!!", "Ada Lovelace!!", "Ada!"]
}
*/
