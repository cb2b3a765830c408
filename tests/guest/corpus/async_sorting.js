// A merge sort and a binary search that ask the host for each comparison.
async function main() {
  let asked = 0
  const less = async (a, b) => {
    asked++
    return (await pause(a - b)) < 0
  }
  async function sort(list) {
    if (list.length < 2) return list
    const middle = list.length >> 1
    const [left, right] = await Promise.all([sort(list.slice(0, middle)), sort(list.slice(middle))])
    const merged = []
    let i = 0,
      j = 0
    while (i < left.length && j < right.length) merged.push((await less(right[j], left[i])) ? right[j++] : left[i++])
    return [...merged, ...left.slice(i), ...right.slice(j)]
  }
  const sorted = await sort([5, 3, 8, 1, 9, 2])
  let low = 0,
    high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (await less(sorted[middle], 8)) low = middle + 1
    else high = middle
  }
  return { sorted, asked, found: low }
}
main().then(value => (globalThis.result = value))

/* expected
{"sorted": [1, 2, 3, 5, 8, 9], "asked": 13, "found": 4}
*/
