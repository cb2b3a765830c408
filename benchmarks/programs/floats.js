// Floating point: planets that attract each other, the spectral norm of a matrix, a Fourier transform, Math.*.
(() => {
  function planets(steps) {
    const body = (x, y, z, vx, vy, vz, mass) => ({ x, y, z, vx, vy, vz, mass });
    const bodies = [
      body(0, 0, 0, 0, 0, 0, 39.5),
      body(4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.038),
      body(8.3, 4.1, -0.4, -1, 1.8, 0.008, 0.011),
      body(12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017),
      body(15.4, -25.9, 0.2, 0.97, 0.59, -0.03, 0.002),
    ];
    for (let step = 0; step < steps; step++) {
      for (let i = 0; i < bodies.length; i++) {
        const a = bodies[i];
        for (let j = i + 1; j < bodies.length; j++) {
          const b = bodies[j];
          const dx = a.x - b.x;
          const dy = a.y - b.y;
          const dz = a.z - b.z;
          const square = dx * dx + dy * dy + dz * dz;
          const pull = 0.01 / (square * Math.sqrt(square));
          a.vx -= dx * b.mass * pull;
          a.vy -= dy * b.mass * pull;
          a.vz -= dz * b.mass * pull;
          b.vx += dx * a.mass * pull;
          b.vy += dy * a.mass * pull;
          b.vz += dz * a.mass * pull;
        }
      }
      for (const planet of bodies) {
        planet.x += 0.01 * planet.vx;
        planet.y += 0.01 * planet.vy;
        planet.z += 0.01 * planet.vz;
      }
    }
    return bodies.reduce((sum, { mass, vx, vy, vz }) => sum + (mass * (vx ** 2 + vy ** 2 + vz ** 2)) / 2, 0);
  }

  function spectralNorm(n) {
    const element = (i, j) => 1 / (((i + j) * (i + j + 1)) / 2 + i + 1);
    const multiply = (vector, transposed) => {
      const result = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += (transposed ? element(j, i) : element(i, j)) * vector[j];
        result[i] = sum;
      }
      return result;
    };
    let u = new Float64Array(n).fill(1);
    let v = u;
    for (let i = 0; i < 4; i++) {
      v = multiply(multiply(u, false), true);
      u = multiply(multiply(v, false), true);
    }
    const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    return Math.sqrt(dot(u, v) / dot(v, v));
  }

  function fourier(real, imaginary) {
    const n = real.length;
    if (n === 1) return [real, imaginary];
    const half = (values, odd) => values.filter((_, i) => i % 2 === odd);
    const [evenReal, evenImaginary] = fourier(half(real, 0), half(imaginary, 0));
    const [oddReal, oddImaginary] = fourier(half(real, 1), half(imaginary, 1));
    for (let k = 0; k < n / 2; k++) {
      const cosine = Math.cos((-2 * Math.PI * k) / n);
      const sine = Math.sin((-2 * Math.PI * k) / n);
      const x = cosine * oddReal[k] - sine * oddImaginary[k];
      const y = cosine * oddImaginary[k] + sine * oddReal[k];
      real[k] = evenReal[k] + x;
      imaginary[k] = evenImaginary[k] + y;
      real[k + n / 2] = evenReal[k] - x;
      imaginary[k + n / 2] = evenImaginary[k] - y;
    }
    return [real, imaginary];
  }

  function functions(count) {
    let sum = 0;
    for (let i = 1; i <= count; i++) {
      const x = i / count;
      sum += Math.sin(x) * Math.exp(-x) + Math.log(1 + x) - Math.atan2(x, 2) + Math.pow(x, 1.5) + Math.hypot(x, 1);
      sum += Math.floor(x * 10) - Math.ceil(x * 7) + Math.round(x * 5) + Math.trunc(-x * 3);
      sum += Math.abs(x - 0.5) + Math.sign(x - 0.2);
    }
    return sum;
  }

  const signal = Array.from({ length: 512 }, (_, i) => ((i * 37) % 64) / 64);
  const [real, imaginary] = fourier(signal, new Array(512).fill(0));
  const power = real.reduce((sum, value, i) => sum + Math.sqrt(value * value + imaginary[i] * imaginary[i]), 0);
  return [planets(3200), spectralNorm(60), power, functions(24000)].map((value) => value.toFixed(5)).join(" ");
})();
