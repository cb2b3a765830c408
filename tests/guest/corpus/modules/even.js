import { isOdd, calls } from "./odd.js"

export const isEven = async n => (n === 0 ? `even after ${calls}` : isOdd((await pause(n - 1)) / 10))
