// structuredClone of records, Maps, dates, errors and binary data.
(() => {
  const records = Array.from({ length: 500 }, (_, i) => ({
    id: i,
    name: `record ${i}`,
    tags: ["a", "b", `t${i % 7}`],
    created: new Date(i * 1e9),
    position: { x: i / 3, y: -i },
  }));
  const index = new Map(records.map((record) => [record.name, record]));
  const value = { records, index, seen: new Set([1, 2, 3]), bytes: new Uint8Array(20000).fill(7), error: new TypeError("why") };
  let sum = 0;
  for (let round = 0; round < 10; round++) {
    const clone = structuredClone(value);
    sum += clone.records[round].tags.length + clone.bytes[round] + clone.index.get("record 9").id;
    sum += clone.index.get("record 8") === clone.records[8] ? clone.records[8].created.getTime() / 1e9 : 0;
  }
  return `${sum}`;
})()
