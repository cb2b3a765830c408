import { isEven } from "./even.js"

export let calls = 0
export async function isOdd(n) {
  calls++
  return n === 0 ? `odd after ${calls}` : isEven(n - 1)
}
