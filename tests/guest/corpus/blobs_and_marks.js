// Blobs, a form that is iterated over, and the timeline of performance live through a snapshot.
async function main() {
  performance.mark("begin")
  const blob = new Blob(["abc", new Uint8Array([100, 101])], { type: "text/plain" })
  const text = blob.text()
  await pause("made")
  const form = new FormData()
  form.append("first", blob.slice(1, 4))
  form.append("second", new File([blob], "whole.txt", { lastModified: 5 }))
  const entries = form.entries()
  const [, first] = entries.next().value
  await pause("iterating")
  const [, second] = entries.next().value
  const seen = []
  const observer = new PerformanceObserver(list => seen.push(...list.getEntries().map(entry => entry.name)))
  observer.observe({ entryTypes: ["measure"] })
  const { duration } = performance.measure("so far", "begin")
  await pause("measured")
  const reader = blob.stream().getReader({ mode: "byob" })
  const { value: head } = await reader.read(new Uint8Array(2))
  await pause("half read")
  seen.push((await reader.read(new Uint8Array(8))).value.length, head.length)
  observer.disconnect()
  performance.clearMarks()
  performance.clearMeasures()
  return [await text, await first.text(), first.name, second.name, second.lastModified, entries.next().done, duration, ...seen].join()
}
main().then(value => (globalThis.result = value))

/* expected
"abcde,bcd,blob,whole.txt,5,true,250,so far,3,2"
*/
