// Object and array literals that soon are garbage: trees made and dropped, cycles, arrays that grow, shift and splice.
(() => {
  let seed = 23;
  const random = (below) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;

  const tree = (depth) =>
    depth === 0 ? { left: null, right: null } : { left: tree(depth - 1), right: tree(depth - 1) };
  const count = (node) => (node === null ? 0 : 1 + count(node.left) + count(node.right));

  function cycles(length) {
    const first = { id: 0, previous: null, next: null, owner: null };
    let last = first;
    for (let i = 1; i < length; i++) {
      const node = { id: i, previous: last, next: null, owner: first };
      last.next = node;
      last = node;
    }
    last.next = first;
    first.previous = last;
    return last.next.next.id;
  }

  function queue(length) {
    const items = [];
    let sum = 0;
    for (let i = 0; i < length; i++) {
      items.push({ priority: random(100), payload: [i, i + 1, { tag: `t${i & 7}` }] });
      if (items.length > 40) sum += items.shift().payload[0];
      if (i % 50 === 0) items.splice(random(20), 3, { priority: 1, payload: [0] }, { priority: 2, payload: [1] });
      if (i % 64 === 0) items.unshift({ priority: 0, payload: [i] });
    }
    return sum;
  }

  let sum = 0;
  const kept = tree(11);
  for (let i = 0; i < 20; i++) sum += count(tree(9));
  for (let i = 0; i < 150; i++) sum += cycles(100);
  sum += queue(14000);
  const points = [];
  for (let i = 0; i < 15000; i++) points.push({ x: random(50), y: random(50) });
  const moved = points.map(({ x, y }) => ({ x: x + 1, y: y - 1 })).filter((point) => point.x > 10);
  const groups = {};
  for (const point of moved) (groups[point.x] ??= []).push(point);
  for (const group of Object.values(groups)) sum += group.concat([{ y: 1 }]).slice(1).length;
  return sum + count(kept);
})();
