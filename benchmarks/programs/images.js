// Images in typed arrays: a Mandelbrot set, a blur, an edge filter, a histogram, run lengths; bytes and floats.
(() => {
  const WIDTH = 112;
  const HEIGHT = 80;

  function mandelbrot() {
    const image = new Uint8ClampedArray(WIDTH * HEIGHT);
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const a = (x * 3) / WIDTH - 2.2;
        const b = (y * 2) / HEIGHT - 1;
        let real = 0;
        let imaginary = 0;
        let steps = 0;
        while (steps < 60 && real * real + imaginary * imaginary < 4) {
          const next = real * real - imaginary * imaginary + a;
          imaginary = 2 * real * imaginary + b;
          real = next;
          steps++;
        }
        image[y * WIDTH + x] = steps * 5;
      }
    }
    return image;
  }

  function filter(image, kernel, divisor) {
    const result = new Uint8ClampedArray(image.length);
    for (let y = 1; y < HEIGHT - 1; y++) {
      for (let x = 1; x < WIDTH - 1; x++) {
        let sum = 0;
        for (let dy = -1, k = 0; dy <= 1; dy++) {
          const row = (y + dy) * WIDTH + x;
          for (let dx = -1; dx <= 1; dx++) sum += image[row + dx] * kernel[k++];
        }
        result[y * WIDTH + x] = sum / divisor;
      }
    }
    return result;
  }

  function equalize(image) {
    const histogram = new Int32Array(256);
    for (const value of image) histogram[value]++;
    const scale = new Float32Array(256);
    let below = 0;
    for (let i = 0; i < 256; i++) {
      below += histogram[i];
      scale[i] = (below * 255) / image.length;
    }
    return image.map((value) => scale[value]);
  }

  function runs(image) {
    const encoded = [];
    for (let i = 0; i < image.length; ) {
      let end = i + 1;
      while (end < image.length && image[end] === image[i]) end++;
      encoded.push(end - i, image[i]);
      i = end;
    }
    return Uint16Array.from(encoded);
  }

  const image = mandelbrot();
  const blurred = filter(image, Int8Array.of(1, 2, 1, 2, 4, 2, 1, 2, 1), 16);
  const edges = filter(equalize(blurred), Int8Array.of(-1, -1, -1, -1, 8, -1, -1, -1, -1), 1);
  edges.set(blurred.subarray(0, WIDTH * 8), WIDTH * 20);
  edges.copyWithin(0, WIDTH * 30, WIDTH * 34);
  let sum = 0;
  for (const part of [image, blurred, edges]) {
    const encoded = runs(part);
    sum = (sum * 7 + encoded.length) % 1000003;
    for (let i = 0; i < part.length; i++) sum = (sum * 3 + part[i]) % 1000003;
  }
  return sum;
})();
