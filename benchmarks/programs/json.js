// JSON: parsing and writing nested records, with indentation, a reviver, a replacer and escapes.
(() => {
  let seed = 11;
  const random = (below) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;

  const records = Array.from({ length: 900 }, (_, id) => ({
    id,
    name: `User "${random(1000)}" \u00e9\u4e16`,
    score: random(100000) / 64,
    active: id % 3 === 0,
    manager: id % 7 === 0 ? null : random(900),
    tags: Array.from({ length: random(6) }, () => `tag-${random(40)}`),
    address: { street: `${random(200)} Long Road\n`, geo: { lat: random(9000) / 128, lon: -random(9000) / 128 } },
  }));

  let sum = 0;
  let text = JSON.stringify(records);
  for (let i = 0; i < 5; i++) {
    const copy = JSON.parse(text);
    copy[i].id += i;
    text = JSON.stringify(copy);
    sum += text.length;
  }
  sum += JSON.stringify(records, null, 2).length;
  sum += JSON.stringify(records, ["id", "name", "tags"]).length;
  sum += JSON.stringify(records, (key, value) => (key === "geo" ? `${value.lat},${value.lon}` : value)).length;
  const revived = JSON.parse(text, (key, value) => (key === "score" ? Math.round(value) : value));
  for (const { score, tags } of revived) sum = (sum * 31 + score + tags.join("").length) % 1000003;

  const numbers = JSON.parse(`[${Array.from({ length: 15000 }, () => random(1e6) / 8 - 5000)}]`);
  for (const number of numbers) sum += number;
  return sum;
})();
