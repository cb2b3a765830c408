// Generators and iterators: pipelines, recursion with yield*, values sent in, an iterable class, early return.
(() => {
  function* range(end) {
    for (let i = 0; i < end; i++) yield i;
  }

  function* map(values, f) {
    for (const value of values) yield f(value);
  }

  function* filter(values, test) {
    for (const value of values) if (test(value)) yield value;
  }

  function* take(values, count) {
    for (const value of values) {
      if (count-- === 0) return;
      yield value;
    }
  }

  function* permutations(items) {
    if (items.length < 2) {
      yield items;
      return;
    }
    for (let i = 0; i < items.length; i++) {
      for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [items[i], ...rest];
    }
  }

  class Tree {
    constructor(depth, value = 1) {
      this.value = value;
      this.left = depth > 0 ? new Tree(depth - 1, value * 2) : null;
      this.right = depth > 0 ? new Tree(depth - 1, value * 2 + 1) : null;
    }

    *[Symbol.iterator]() {
      if (this.left) yield* this.left;
      yield this.value;
      if (this.right) yield* this.right;
    }
  }

  function* averages() {
    let sum = 0;
    let count = 0;
    let value = 0;
    try {
      for (;;) {
        value = yield count === 0 ? 0 : sum / count;
        sum += value;
        count++;
      }
    } finally {
      sum = 0;
    }
  }

  let sum = 0;
  const pipeline = take(filter(map(range(100000), (x) => (x * 7) % 1013), (x) => x % 3 !== 0), 36000);
  for (const value of pipeline) sum += value;
  for (const [first, , third] of permutations([1, 2, 3, 4, 5, 6])) sum += first * third;
  for (let i = 0; i < 2; i++) for (const value of new Tree(10)) sum = (sum * 31 + value) % 1000003;
  const running = averages();
  running.next();
  for (let i = 0; i < 60000; i++) sum += running.next(i % 100).value;
  running.return();
  const entries = Object.entries({ a: 1, b: 2, c: 3 });
  for (let i = 0; i < 6000; i++) for (const [key, value] of entries) sum += key.length * value;
  return Math.round(sum);
})();
