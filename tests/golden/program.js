// What a golden snapshot is taken of: a program in the middle of everything, whose end says whether all of it was there.
import { counter, increment } from "./counter.js"

globalThis.log = []

class Account {
  #balance = 10
  static #made = 0
  static { this.#made++ }
  deposit(amount) { this.#balance += amount; return this }
  get balance() { return this.#balance }
  static get made() { return this.#made }
}

function* numbers() {
  try {
    for (let n = 1; ; n++) n += (yield n * n) ?? 0
  } finally {
    log.push("numbers closed")
  }
}

async function* lines() {
  for (const word of ["a", "b", "c"]) yield word + (await ask(word))
}

const account = new Account()
const squares = numbers()
squares.next()
squares.next(2)
const map = new Map([["x", 1], [{ key: true }, 2], ["y", 3]])
const entries = map.entries()
entries.next()
map.delete("y")
map.set("z", 4)
const pattern = /(?<letter>[a-z])(\d)/g
pattern.exec("a1 b2 c3")
const bytes = new Float32Array(new ArrayBuffer(8, { maxByteLength: 16 }))
bytes.set([1.5, -0])
const handler = { get: (target, key) => key in target ? target[key] : `no ${String(key)}` }
const proxy = new Proxy({ there: 1 }, handler)
const held = { held: true }
const weak = new WeakRef(held)
const bound = Math.max.bind(null, 3)
const random = [Math.random(), Math.random()]

setTimeout(() => log.push("timer"), 1000)
const interval = setInterval(() => { if (log.push("tick") > 20) clearInterval(interval) }, 2000)
increment()

const gathered = []
for await (const line of lines()) gathered.push(line)

const [first, { second = await ask("default") } = {}] = await Promise.all([ask("first"), ask("object")])
let caught
try {
  await refuse("no")
} catch (error) {
  caught = `${error.name}: ${error.message}`
}

bytes.buffer.resize(16)
globalThis.result = {
  gathered, first, second, caught,
  balance: account.deposit(5).balance, made: Account.made,
  square: squares.next(1).value, closed: squares.return(7).value,
  rest: [...entries].map(([key, value]) => [typeof key, value]),
  match: pattern.exec("a1 b2 c3").groups.letter, lastIndex: pattern.lastIndex,
  bytes: [...bytes], negativeZero: Object.is(bytes[1], -0),
  proxy: [proxy.there, proxy.missing], weak: weak.deref() === held, bound: bound(2, 1),
  counter: [counter, increment(), counter], random, more: Math.random(),
  big: 2n ** 70n + 1n === 1180591620717411303425n, date: new Date(86_400_000).toISOString(),
}
