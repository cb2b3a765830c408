// Keys that are extractable, requests without an answer and the random bytes of a seed are saved with the rest.
async function main() {
  const { subtle } = crypto
  const log = []
  const hex = buffer => Array.from(new Uint8Array(buffer).slice(0, 4), byte => byte.toString(16).padStart(2, "0")).join("")
  const data = Uint8Array.of(97, 98, 99)

  const digest = subtle.digest("SHA-256", data)
  data.fill(0)
  log.push(await pause(crypto.randomUUID().length), hex(await digest))

  const secret = await subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  await pause("keyed")
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv }, secret, Uint8Array.of(1, 2, 3))
  await pause("sealed")
  const opened = await subtle.decrypt({ name: "AES-GCM", iv }, secret, sealed)
  log.push(hex(iv), hex(sealed), hex(opened))

  const { publicKey, privateKey } = await subtle.generateKey("Ed25519", true, ["sign", "verify"])
  const signature = subtle.sign("Ed25519", privateKey, data)
  await pause("signing")
  log.push(await subtle.verify("Ed25519", publicKey, await signature, data), publicKey.usages.join())

  const refused = subtle.exportKey("spki", privateKey).catch(error => error.name)
  await pause("refusing")
  log.push(await refused)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[360, "ba7816bf", "0b220cf0", "b92147df", "010203", true, "verify", "InvalidAccessError"]
*/
