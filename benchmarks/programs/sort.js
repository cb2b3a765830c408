// Sorting: numbers with a comparator, strings without one, objects by two keys, typed arrays.
(() => {
  let seed = 42;
  const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0);

  let sum = 0;
  const mix = (value) => {
    sum = (Math.imul(sum, 31) + value) | 0;
  };

  const numbers = Array.from({ length: 12000 }, () => random() % 100000);
  const ascending = numbers.slice().sort((a, b) => a - b);
  const descending = ascending.slice().sort((a, b) => b - a);
  for (let i = 0; i < numbers.length; i += 97) mix(ascending[i] - descending[i]);

  const words = Array.from({ length: 6000 }, () => (random() % 1679616).toString(36) + (random() % 36).toString(36));
  words.sort();
  for (let i = 0; i < words.length; i += 97) mix(words[i].charCodeAt(0) * 256 + words[i].charCodeAt(1));

  const people = Array.from({ length: 6000 }, (_, id) => ({ id, age: random() % 80, city: `city${random() % 200}` }));
  people.sort((a, b) => a.age - b.age || (a.city < b.city ? -1 : a.city > b.city ? 1 : a.id - b.id));
  for (let i = 0; i < people.length; i += 97) mix(people[i].id);

  const integers = Uint32Array.from({ length: 30000 }, random).sort();
  for (let i = 0; i < integers.length; i += 997) mix(integers[i]);

  const byCity = people.toSorted((a, b) => (a.city === b.city ? 0 : a.city < b.city ? -1 : 1));
  for (let i = 0; i < byCity.length; i += 97) mix(byCity[i].age);
  return sum;
})();
