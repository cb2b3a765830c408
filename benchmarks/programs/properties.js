// Property access in plain loops: fixed shapes, computed names, arrays, prototype chains, `in`, `delete`.
(() => {
  const point = { x: 1, y: 2, z: 3, inner: { value: 4, deeper: { count: 0 } } };
  let sum = 0;

  for (let i = 0; i < 150000; i++) {
    point.x = (point.x + point.y) & 0xffff;
    point.y = (point.y ^ point.z) + 1;
    point.z = (point.z + i) & 0xff;
    point.inner.deeper.count += point.inner.value;
  }
  sum += point.x + point.y + point.z + point.inner.deeper.count;

  const names = ["alpha", "beta", "gamma", "delta", "epsilon"];
  const table = Object.fromEntries(names.map((name, i) => [name, i]));
  for (let i = 0; i < 60000; i++) table[names[i % 5]] += i & 3;
  for (const name in table) sum += table[name];

  const array = new Array(500).fill(1);
  for (let round = 0; round < 150; round++) {
    for (let i = 1; i < array.length; i++) array[i] = (array[i] + array[i - 1]) & 0xffff;
  }
  sum += array[499];

  const base = { kind: "base", step: 3 };
  const middle = Object.create(base, { extra: { value: 5, writable: true } });
  const leaf = Object.create(middle);
  for (let i = 0; i < 60000; i++) {
    sum += leaf.step + leaf.extra;
    if ("kind" in leaf) sum -= 1;
  }

  for (let i = 0; i < 8000; i++) {
    const record = { id: i, name: "n" };
    record[`key${i % 16}`] = i;
    delete record.name;
    sum += Object.keys(record).length + (Object.hasOwn(record, "name") ? 1 : 0);
  }
  return sum;
})();
