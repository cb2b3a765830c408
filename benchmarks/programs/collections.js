// Map and Set: counting, graph search, an LRU cache, memoization by object, set algebra, iteration in order.
(() => {
  let seed = 3;
  const random = (below) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;
  let sum = 0;

  const counts = new Map();
  for (let i = 0; i < 20000; i++) {
    const word = `w${random(900)}`;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  for (const [word, count] of counts) sum = (sum + word.length * count * count) | 0;

  function shortestPaths(nodes) {
    const edges = new Map();
    for (let i = 0; i < nodes; i++) edges.set(i, new Set([(i + 1) % nodes, random(nodes), random(nodes)]));
    const distances = new Map([[0, 0]]);
    const queue = [0];
    for (const node of queue) {
      for (const next of edges.get(node)) {
        if (distances.has(next)) continue;
        distances.set(next, distances.get(node) + 1);
        queue.push(next);
      }
    }
    return [...distances.values()].reduce((total, distance) => total + distance, 0);
  }

  class Cache {
    #entries = new Map();
    #size;
    hits = 0;

    constructor(size) {
      this.#size = size;
    }

    get(key, make) {
      let value = this.#entries.get(key);
      if (value === undefined) {
        value = make(key);
        if (this.#entries.size === this.#size) this.#entries.delete(this.#entries.keys().next().value);
      } else {
        this.hits++;
        this.#entries.delete(key);
      }
      this.#entries.set(key, value);
      return value;
    }
  }

  sum += shortestPaths(1800);
  const cache = new Cache(300);
  for (let i = 0; i < 8000; i++) sum = (sum + cache.get(random(30) * random(30), (key) => key * 3 + 1)) | 0;
  sum += cache.hits;

  const objects = Array.from({ length: 2000 }, (_, id) => ({ id }));
  const weights = new WeakMap(objects.map((object) => [object, object.id % 17]));
  for (let i = 0; i < 8000; i++) sum = (sum + weights.get(objects[random(2000)])) | 0;

  const multiples = (n) => new Set(Array.from({ length: 1000 }, (_, i) => i * n));
  const [threes, fives] = [multiples(3), multiples(5)];
  const both = new Set([...threes].filter((x) => fives.has(x)));
  const either = new Set([...threes, ...fives]);
  either.forEach((x) => {
    if (!both.has(x)) sum = (sum + x) | 0;
  });
  const floats = new Set();
  for (let i = 0; i < 2500; i++) floats.add(random(4000) / 4);
  return sum + both.size + floats.size;
})();
