// An Earley parser of an ambiguous grammar, with memoized counts of parse trees: small objects, closures, text keys.
(() => {
  const GRAMMAR = {
    Program: [["Statement"], ["Program", ";", "Statement"]],
    Statement: [
      ["id", "=", "Sum"],
      ["if", "Sum", "then", "Statement"],
      ["if", "Sum", "then", "Statement", "else", "Statement"],
    ],
    Sum: [["Sum", "+", "Sum"], ["Product"]],
    Product: [["Product", "*", "Factor"], ["Factor"]],
    Factor: [["id"], ["number"], ["(", "Sum", ")"], ["-", "Factor"]],
  };

  class Item {
    constructor(name, body, dot, origin) {
      this.name = name;
      this.body = body;
      this.dot = dot;
      this.origin = origin;
    }

    get next() {
      return this.body[this.dot];
    }

    get key() {
      return `${this.name}>${this.body.join(" ")}@${this.dot},${this.origin}`;
    }

    advanced() {
      return new Item(this.name, this.body, this.dot + 1, this.origin);
    }
  }

  class Column {
    items = [];
    keys = new Set();

    add(item) {
      const { key } = item;
      if (this.keys.has(key)) return;
      this.keys.add(key);
      this.items.push(item);
    }
  }

  function recognize(tokens) {
    const chart = Array.from({ length: tokens.length + 1 }, () => new Column());
    for (const body of GRAMMAR.Program) chart[0].add(new Item("Program", body, 0, 0));
    for (let at = 0; at <= tokens.length; at++) {
      const column = chart[at];
      for (let i = 0; i < column.items.length; i++) {
        const item = column.items[i];
        const symbol = item.next;
        if (symbol === undefined) {
          for (const parent of chart[item.origin].items) if (parent.next === item.name) column.add(parent.advanced());
        } else if (symbol in GRAMMAR) {
          for (const body of GRAMMAR[symbol]) column.add(new Item(symbol, body, 0, at));
        } else if (symbol === tokens[at]) {
          chart[at + 1].add(item.advanced());
        }
      }
    }
    return chart;
  }

  /** How many parse trees there are, modulo a prime. */
  function countTrees(chart, tokens) {
    const spans = new Set();
    chart.forEach((column, end) => {
      for (const item of column.items) if (item.next === undefined) spans.add(`${item.name},${item.origin},${end}`);
    });
    const memo = new Map();
    const countSymbol = (symbol, start, end) => {
      if (!(symbol in GRAMMAR)) return end === start + 1 && tokens[start] === symbol ? 1 : 0;
      const key = `${symbol},${start},${end}`;
      if (!spans.has(key)) return 0;
      if (!memo.has(key)) {
        memo.set(key, 0);
        memo.set(key, GRAMMAR[symbol].reduce((sum, body) => sum + countBody(body, body.length, start, end), 0));
      }
      return memo.get(key);
    };
    const countBody = (body, length, start, end) => {
      if (length === 1) return countSymbol(body[0], start, end);
      let sum = 0;
      for (let middle = start + length - 1; middle < end; middle++) {
        const right = countSymbol(body[length - 1], middle, end);
        if (right > 0) sum = (sum + right * countBody(body, length - 1, start, middle)) % 999983;
      }
      return sum;
    };
    return countSymbol("Program", 0, tokens.length);
  }

  const statement =
    "if id + number then id = ( id + number * - id ) + id + number * id + id else id = id * ( number + id + id )";
  const text = Array.from({ length: 24 }, (_, i) => (i % 3 === 0 ? `if id then ${statement}` : statement)).join(" ; ");
  const tokens = text.split(" ");
  const chart = recognize(tokens);
  const items = chart.reduce((sum, column) => sum + column.items.length, 0);
  return items * 1000000 + countTrees(chart, tokens);
})();
