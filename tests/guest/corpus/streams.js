// A pipe through a transform, a byte stream, a tee and an iteration, each of which waits for the host.
async function main() {
  const log = []
  const source = new ReadableStream({
    count: 0,
    async pull(controller) {
      const page = await pause(`page ${this.count}`)
      if (this.count++ === 3) controller.close()
      else controller.enqueue(page)
    },
  })
  const louder = new TransformStream({
    async transform(text, controller) {
      controller.enqueue(text.toUpperCase())
      controller.enqueue(await pause("more"))
    },
    flush: controller => controller.enqueue("flushed"),
  })
  const [left, right] = source.pipeThrough(louder).tee()
  const written = []
  const piped = left.pipeTo(
    new WritableStream(
      {
        async write(chunk) {
          written.push(await pause(chunk))
        },
        close: () => pause("close"),
      },
      new CountQueuingStrategy({ highWaterMark: 2 }),
    ),
  )
  for await (const chunk of right) log.push(chunk)
  await piped
  const bytes = new ReadableStream({
    type: "bytes",
    async pull({ byobRequest }) {
      byobRequest.view[0] = await pause(1)
      byobRequest.respond(1)
    },
  })
  const reader = bytes.getReader({ mode: "byob" })
  const { value } = await reader.read(new Uint8Array(3), { min: 2 })
  await reader.cancel()
  const controller = new AbortController()
  const endless = new ReadableStream({ pull: async c => c.enqueue(await pause("endless")) })
  const stopped = endless.pipeTo(new WritableStream({ write: () => controller.abort("enough") }), controller)
  log.push(written.join(), [...value].join(), await stopped.catch(reason => reason))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "PAGE 0!", "more!", "PAGE 1!", "more!", "PAGE 2!", "more!", "flushed",
  "PAGE 0!!,more!!,PAGE 1!!,more!!,PAGE 2!!,more!!,flushed!", "10,10", "enough"
]
*/
