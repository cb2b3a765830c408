// Matrices as arrays of arrays: multiplication, Gaussian elimination, transposition, a determinant, shortest paths.
(() => {
  let seed = 17;
  const random = (below) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;
  const matrix = (rows, columns, value) =>
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => value(i, j)));

  function multiply(a, b) {
    const result = matrix(a.length, b[0].length, () => 0);
    for (let i = 0; i < a.length; i++) {
      for (let j = 0; j < b[0].length; j++) {
        let sum = 0;
        for (let k = 0; k < b.length; k++) sum += a[i][k] * b[k][j];
        result[i][j] = sum;
      }
    }
    return result;
  }

  const transpose = (a) => a[0].map((_, j) => a.map((row) => row[j]));

  /** The determinant, by elimination with partial pivoting. */
  function determinant(source) {
    const a = source.map((row) => [...row]);
    let product = 1;
    for (let k = 0; k < a.length; k++) {
      let pivot = k;
      for (let i = k + 1; i < a.length; i++) if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) pivot = i;
      if (pivot !== k) {
        [a[k], a[pivot]] = [a[pivot], a[k]];
        product = -product;
      }
      product *= a[k][k];
      for (let i = k + 1; i < a.length; i++) {
        const factor = a[i][k] / a[k][k];
        for (let j = k; j < a.length; j++) a[i][j] -= factor * a[k][j];
      }
    }
    return product;
  }

  function shortestPaths(distances) {
    const d = distances.map((row) => [...row]);
    for (let k = 0; k < d.length; k++) {
      for (let i = 0; i < d.length; i++) {
        for (let j = 0; j < d.length; j++) if (d[i][k] + d[k][j] < d[i][j]) d[i][j] = d[i][k] + d[k][j];
      }
    }
    return d;
  }

  const a = matrix(60, 60, () => random(10));
  const b = matrix(60, 60, () => random(10));
  const product = multiply(a, transpose(multiply(b, a)));
  let sum = 0;
  for (const row of product) for (const value of row) sum = (sum + value) % 1000003;
  const roads = shortestPaths(matrix(48, 48, (i, j) => (i === j ? 0 : random(4) === 0 ? 1 + random(90) : Infinity)));
  for (const row of roads) for (const value of row) sum += value;
  const value = determinant(matrix(50, 50, (i, j) => random(1000) / 500 - 1 + (i === j ? 3 : 0)));
  return `${sum} ${value.toPrecision(8)}`;
})();
