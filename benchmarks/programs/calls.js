// Function calls: plain recursion, closures that share variables, functions as values, composition.
(() => {
  const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

  function ackermann(m, n) {
    if (m === 0) return n + 1;
    return n === 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
  }

  function makeAccount(balance) {
    let moves = 0;
    return {
      deposit: (amount) => ((balance += amount), moves++, balance),
      withdraw: (amount) => ((balance -= amount), moves++, balance),
      report: () => balance * 10 + (moves % 10),
    };
  }

  const compose = (...functions) => (value) => functions.reduce((result, f) => f(result), value);
  const step = compose((x) => x * 3, (x) => x + 7, (x) => x % 1009, (x) => x ^ 21);

  let sum = fibonacci(25) + ackermann(2, 60);
  const accounts = Array.from({ length: 50 }, (_, i) => makeAccount(i * 100));
  for (let round = 0; round < 1200; round++) {
    for (const account of accounts) {
      account.deposit(round % 13);
      if (round % 3 === 0) account.withdraw(round % 7);
    }
  }
  for (const account of accounts) sum += account.report();
  for (let i = 0; i < 50000; i++) sum = (sum + step(sum + i)) % 1000000007;
  return sum;
})();
