// What lies in a call without an answer comes back: plain data as a copy, what has no counterpart as itself.
async function main() {
  const log = []
  class Point {
    #x = 7
    get x() {
      return this.#x
    }
  }
  const point = new Point(),
    symbol = Symbol("local"),
    callback = () => "called",
    promise = pause("inner")
  const data = { list: [1, 2.5, -0, null, true], nested: { text: "€" } }
  const copy = await pause(data)
  log.push(copy !== data, JSON.stringify(copy), Object.is(copy.list[2], -0))
  data.list.push("too late")
  const [sameCallback, samePoint, sameSymbol] = [await pause(callback), await pause(point), await pause(symbol)]
  log.push(sameCallback === callback, samePoint === point, samePoint.x, sameSymbol === symbol)
  const mixed = await pause([callback, { point }, new Map([["key", symbol]]), 10n, undefined])
  log.push(
    mixed[0] === callback,
    mixed[1].point === point,
    mixed[2].get("key") === symbol,
    mixed[3] === 10n,
    mixed.length,
    mixed[4] === undefined,
  )
  const circle = { name: "circle" }
  circle.self = circle
  const sameCircle = await pause(circle)
  log.push(sameCircle.self === sameCircle, sameCircle.name, sameCircle !== circle)
  const changing = { state: "when called" }
  const answer = pause(changing)
  changing.state = "changed later"
  log.push((await answer).state, changing.state)
  const date = await pause(new Date(86_400_000)),
    set = await pause(new Set([1, 2])),
    bytes = await pause(new Uint8Array([1, 2]))
  log.push(date.toISOString(), [...set].join(), bytes.constructor.name, bytes.join(), await promise)
  const error = new RangeError("of this program")
  log.push((await refuse(error).catch(reason => reason)) === error)
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  true, "{\"list\":[1,2.5,0,null,true],\"nested\":{\"text\":\"€\"}}", true, true, true, 7, true, true, true, true,
  true, 5, true, true, "circle", true, "when called", "changed later", "1970-01-02T00:00:00.000Z", "1,2",
  "Uint8Array", "1,2", "inner!", true
]
*/
