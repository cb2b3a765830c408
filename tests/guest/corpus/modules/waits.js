import { count, increase } from "./counter.js"

globalThis.order.push(`waits begins with ${count}`)
export let state = "begun"
export const first = await pause("in the module")
state = "half"
increase()
export const second = await pause(count)
state = "done"
globalThis.order.push("waits ends")
export default async function later() {
  return `${state} ${await pause(first)} ${count}`
}
