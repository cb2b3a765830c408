// Compression and decompression, saved between chunks and between the pieces of one chunk.
async function main() {
  const log = []
  const lines = Array.from({ length: 6000 }, (_, i) => `${i}: ${(i * 7919) % 1013}\n`)
  async function* parts() {
    for (let i = 0; i < 3; i++) {
      await pause(i)
      yield lines.slice(i * 2000, (i + 1) * 2000).join("")
    }
  }
  for (const format of ["gzip", "deflate", "deflate-raw"]) {
    const packed = ReadableStream.from(parts())
      .pipeThrough(new TextEncoderStream())
      .pipeThrough(new CompressionStream(format))
    const unpacked = packed.pipeThrough(new DecompressionStream(format)).pipeThrough(new TextDecoderStream())
    let text = ""
    for await (const piece of unpacked) {
      text += piece
      await pause("piece")
    }
    log.push(text === lines.join("") ? text.length : "different")
  }
  const broken = new DecompressionStream("gzip")
  const writer = broken.writable.getWriter()
  writer.write(new Uint8Array([31, 139])).catch(() => {})
  const read = broken.readable.getReader().read()
  await pause("half a header")
  writer.close().catch(() => {})
  log.push(await read.catch(String))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[58317, 58317, 58317, "TypeError: the compressed data ends too early"]
*/
