export let count = 0
export function increase(by = 1) {
  count += by
  return count
}
export default class Counted {
  constructor() {
    this.number = increase()
  }
}
export { count as alias }
