// BigInt: factorials, digits of pi, modular powers, a primality test, shifts, conversion to and from text.
(() => {
  function factorial(n) {
    let product = 1n;
    for (let i = 2n; i <= n; i++) product *= i;
    return product;
  }

  /** Digits of pi by an unbounded series, one at a time. */
  function* piDigits() {
    let [q, r, t, k, n, l] = [1n, 0n, 1n, 1n, 3n, 3n];
    for (;;) {
      if (4n * q + r - t < n * t) {
        yield n;
        const rest = 10n * (r - n * t);
        n = (10n * (3n * q + r)) / t - 10n * n;
        q *= 10n;
        r = rest;
      } else {
        const rest = (2n * q + r) * l;
        n = (q * (7n * k) + 2n + r * l) / (t * l);
        q *= k;
        t *= l;
        l += 2n;
        k += 1n;
        r = rest;
      }
    }
  }

  function power(base, exponent, modulus) {
    let result = 1n;
    for (base %= modulus; exponent > 0n; exponent >>= 1n) {
      if (exponent & 1n) result = (result * base) % modulus;
      base = (base * base) % modulus;
    }
    return result;
  }

  function isPrime(number) {
    let odd = number - 1n;
    let twos = 0;
    for (; (odd & 1n) === 0n; odd >>= 1n) twos++;
    return [2n, 3n, 5n, 7n, 11n].every((witness) => {
      let x = power(witness, odd, number);
      if (x === 1n || x === number - 1n) return true;
      for (let i = 1; i < twos; i++) {
        x = (x * x) % number;
        if (x === number - 1n) return true;
      }
      return false;
    });
  }

  let sum = 0n;
  sum += factorial(1200n) % 1000000007n;
  sum += BigInt(factorial(300n).toString().length) + (BigInt(`0x${"f1e2d3c4".repeat(40)}`) % 1000003n);

  let digits = "";
  for (const digit of piDigits()) if ((digits += digit).length === 800) break;
  sum += BigInt(digits) % 998244353n;

  const modulus = (1n << 521n) - 1n;
  let x = 65537n;
  for (let i = 0; i < 20; i++) x = power(x + BigInt(i), modulus >> 300n, modulus);
  sum += x % 1000003n;
  for (let number = 1_000_000_000_000_000_003n, found = 0; found < 12; number += 2n) {
    if (isPrime(number)) sum += (number * BigInt(++found)) % 97n;
  }

  const MASK = (1n << 64n) - 1n;
  let state = 88172645463325252n;
  for (let i = 0; i < 15000; i++) {
    state ^= (state << 13n) & MASK;
    state ^= state >> 7n;
    state ^= (state << 17n) & MASK;
  }
  return String(sum + state);
})();
