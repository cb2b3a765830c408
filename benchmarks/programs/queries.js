// Queries: parsed, changed, sorted, iterated, written.
(() => {
  const query = "q=javascript+engines&lang=en&page=3&size=50&sort=date&filter=%C3%BCber&tag=a&tag=b&tag=c&empty=";
  let sum = 0;
  for (let i = 0; i < 2000; i++) {
    const params = new URLSearchParams(query);
    params.set("page", String(i % 10));
    params.append("tag", "d & e");
    params.delete("empty");
    params.sort();
    for (const [name, value] of params) sum += name.length + value.length;
    sum += params.getAll("tag").length + (params.has("lang") ? 1 : 0) + params.toString().length;
  }
  return sum;
})();
