await null
export let counter = 0
export function increment() { return ++counter }
