import later, * as waits from "waits.js"

globalThis.order.push(`importer begins when waits is ${waits.state}`)
export { later, waits }
export const own = `${waits.first} ${waits.second}`
