// Base64, hex and DOMException: what is half decoded stays so.
async function main() {
  const log = []
  const target = new Uint8Array(8)
  const first = target.setFromBase64("AQID", { lastChunkHandling: "strict" })
  await pause("first")
  const second = target.subarray(first.written).setFromHex("ff00")
  await pause("second")
  log.push(target.toHex(), first.read, second.written, target.toBase64(), btoa(await pause("text")), atob("aGVsbG8="))
  let error
  try {
    atob("?")
  } catch (caught) {
    error = caught
  }
  await pause("error")
  log.push(error.name, error.code, error instanceof DOMException, error instanceof Error)
  const own = new DOMException(await pause("message"), "AbortError")
  log.push(own.message, own.code, DOMException.ABORT_ERR, Object.prototype.toString.call(own))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "010203ff00000000", 4, 2, "AQID/wAAAAA=", "dGV4dCE=", "hello", "InvalidCharacterError", 5, true, true, "message!",
  20, 20, "[object DOMException]"
]
*/
