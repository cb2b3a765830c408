// Destructuring, spread, rest, default values, optional chaining, shorthand: today's everyday syntax.
(() => {
  const distance = ({ x = 0, y = 0 } = {}, [dx, dy = 1] = [0]) => x * dx + y * dy;
  const total = (first, ...rest) => rest.reduce((sum, value) => sum + value, first);
  const rename = ({ id, name: label, ...others }) => ({ label, key: `${label}-${id}`, ...others });

  function update(state, action) {
    switch (action.type) {
      case "add":
        return { ...state, items: [...state.items, action.item], count: state.count + 1 };
      case "remove": {
        const [, ...items] = state.items;
        return { ...state, items };
      }
      case "configure":
        return { ...state, options: { ...state.options, ...action.options } };
      default:
        return state;
    }
  }

  let sum = 0;
  let state = { items: [], count: 0, options: { theme: "light", size: 1 } };
  for (let i = 0; i < 4000; i++) {
    state = update(state, { type: "add", item: { id: i, name: `n${i % 10}`, weight: i % 7 } });
    if (i > 12) state = update(state, { type: "remove" });
    if (i % 5 === 0) state = update(state, { type: "configure", options: { size: i % 11, ["key" + (i % 3)]: i } });
    const [first, second = { id: 0 }, ...rest] = state.items;
    sum += (first?.id ?? 0) + second.id + rest.length + (state.options.nothing?.deep?.value ?? state.options.size);
  }

  let [a, b] = [1, 2];
  for (let i = 0; i < 18000; i++) {
    [a, b] = [b, (a + b) % 10007];
    sum += distance({ x: a, y: i & 7 }, [b & 3]) + distance();
  }
  for (let i = 0; i < 4500; i++) {
    const numbers = [i, i + 1, i + 2, i + 3];
    sum += total(...numbers, ...numbers) + Math.max(...numbers);
    const { key, label, weight = 1, ...others } = rename({ id: i, name: "item", size: i % 9, color: "red" });
    sum += key.length + label.length + weight + others.size;
  }
  return sum;
})();
