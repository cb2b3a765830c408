// A fluid on a grid: diffusion, advection and projection by Gauss-Seidel relaxation; loops over Float64Array.
(() => {
  const N = 32;
  const ROW = N + 2;
  const STEPS = 8;
  const RELAXATIONS = 6;
  const grid = () => new Float64Array(ROW * ROW);

  /** Velocity turns round at walls (1: left and right, 2: top and bottom); anything else goes on (0). */
  function setWalls(wall, field) {
    for (let i = 1; i <= N; i++) {
      field[i * ROW] = wall === 1 ? -field[i * ROW + 1] : field[i * ROW + 1];
      field[i * ROW + N + 1] = wall === 1 ? -field[i * ROW + N] : field[i * ROW + N];
      field[i] = wall === 2 ? -field[ROW + i] : field[ROW + i];
      field[(N + 1) * ROW + i] = wall === 2 ? -field[N * ROW + i] : field[N * ROW + i];
    }
  }

  function relax(wall, field, source, weight, divisor) {
    for (let k = 0; k < RELAXATIONS; k++) {
      for (let y = 1; y <= N; y++) {
        let at = y * ROW;
        let left = field[at++];
        for (let x = 1; x <= N; x++, at++) {
          left = (source[at] + weight * (left + field[at + 1] + field[at - ROW] + field[at + ROW])) / divisor;
          field[at] = left;
        }
      }
      setWalls(wall, field);
    }
  }

  function advect(wall, field, source, u, v, step) {
    const reach = step * N;
    for (let y = 1; y <= N; y++) {
      for (let x = 1; x <= N; x++) {
        const at = y * ROW + x;
        const fromX = Math.min(Math.max(x - reach * u[at], 0.5), N + 0.5);
        const fromY = Math.min(Math.max(y - reach * v[at], 0.5), N + 0.5);
        const x0 = fromX | 0;
        const y0 = fromY | 0;
        const right = fromX - x0;
        const low = fromY - y0;
        const corner = y0 * ROW + x0;
        field[at] =
          (1 - right) * ((1 - low) * source[corner] + low * source[corner + ROW]) +
          right * ((1 - low) * source[corner + 1] + low * source[corner + ROW + 1]);
      }
    }
    setWalls(wall, field);
  }

  /** Takes out of the velocity what would make fluid appear or vanish. */
  function project(u, v, pressure, divergence) {
    for (let y = 1; y <= N; y++) {
      for (let x = 1, at = y * ROW + 1; x <= N; x++, at++) {
        divergence[at] = (-0.5 * (u[at + 1] - u[at - 1] + v[at + ROW] - v[at - ROW])) / N;
        pressure[at] = 0;
      }
    }
    setWalls(0, divergence);
    relax(0, pressure, divergence, 1, 4);
    for (let y = 1; y <= N; y++) {
      for (let x = 1, at = y * ROW + 1; x <= N; x++, at++) {
        u[at] -= 0.5 * N * (pressure[at + 1] - pressure[at - 1]);
        v[at] -= 0.5 * N * (pressure[at + ROW] - pressure[at - ROW]);
      }
    }
    setWalls(1, u);
    setWalls(2, v);
  }

  let [u, v, density, u0, v0, density0] = Array.from({ length: 6 }, grid);
  for (let i = 1; i <= N; i++) {
    density[i * ROW + 10] = 40 + i;
    u[i * ROW + 12] = 0.7;
    v[i * ROW + 20] = i % 2 ? 0.4 : -0.5;
  }
  const step = 0.1;
  const weight = step * 0.0002 * N * N;
  for (let i = 0; i < STEPS; i++) {
    [u, u0, v, v0] = [u0, u, v0, v];
    relax(1, u, u0, weight, 1 + 4 * weight);
    relax(2, v, v0, weight, 1 + 4 * weight);
    project(u, v, u0, v0);
    [u, u0, v, v0] = [u0, u, v0, v];
    advect(1, u, u0, u0, v0, step);
    advect(2, v, v0, u0, v0, step);
    project(u, v, u0, v0);
    [density, density0] = [density0, density];
    relax(0, density, density0, weight, 1 + 4 * weight);
    [density, density0] = [density0, density];
    advect(0, density, density0, u, v, step);
  }
  return density.reduce((sum, value) => sum + value).toFixed(6);
})();
