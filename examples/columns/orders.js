// What orders cost. Columns go in whole: prices as a Float64Array, quantities as a typed array of integers, coupons as
// an array of strings, with null where there is none.

const COUPONS = { spring: 0.9, friends: 0.8 };

export function totals(prices, quantities, coupons) {
  // Integers of 64 bits, which most tables have, are BigInts in JavaScript; Number takes those and all others.
  return prices.map((price, row) => price * Number(quantities[row]) * (COUPONS[coupons[row]] ?? 1));
}

export function sizes(totals) {
  return Array.from(totals, (total) => (total >= 100 ? "large" : "small"));
}
