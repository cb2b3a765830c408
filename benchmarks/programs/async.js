// Promises: a function that awaits in a loop, many at once, chains of then, an async generator, a pool of workers.
(async () => {
  const nothing = () => {};
  const later = async (value) => {
    await null;
    return value;
  };

  async function loop(count) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await later(i);
    return sum;
  }

  function chain(length) {
    let promise = Promise.resolve(0);
    for (let i = 0; i < length; i++) promise = promise.then((value) => value + i);
    return promise;
  }

  async function* numbers(count) {
    for (let i = 0; i < count; i++) yield later(i * 2);
  }

  async function pool(jobs, workers) {
    const results = [];
    let next = 0;
    const worker = async () => {
      while (next < jobs.length) {
        const index = next++;
        results[index] = await jobs[index]();
      }
    };
    await Promise.all(Array.from({ length: workers }, worker));
    return results;
  }

  async function failing(i) {
    await null;
    if (i % 2 === 0) throw new Error("even");
    return i;
  }

  let sum = await loop(12000);
  sum += (await Promise.all(Array.from({ length: 250 }, (_, i) => loop(i % 40)))).reduce((a, b) => a + b);
  sum += await chain(9000);
  for await (const number of numbers(4000)) sum += number;
  const jobs = Array.from({ length: 2500 }, (_, i) => async () => (await later(i)) * 3);
  for (const result of await pool(jobs, 12)) sum += result;
  const settled = await Promise.allSettled(Array.from({ length: 600 }, (_, i) => failing(i)));
  for (const { status } of settled) sum += status.length;
  for (let i = 0; i < 600; i++) sum += await failing(i).catch(() => 1);
  sum += await Promise.race([later(5), new Promise(nothing)]);
  return sum;
})();
