// Exceptions: throw and catch at several depths, finally, subclasses of Error with causes, errors of the engine itself.
(() => {
  class ParseError extends Error {
    constructor(message, position, options) {
      super(message, options);
      this.name = "ParseError";
      this.position = position;
    }
  }

  class Stack {
    #items = [];

    push(item) {
      this.#items.push(item);
    }

    pop() {
      if (this.#items.length === 0) throw new RangeError("stack is empty");
      return this.#items.pop();
    }
  }

  const operations = {
    "+": (a, b) => a + b,
    "-": (a, b) => a - b,
    "*": (a, b) => a * b,
    "!": (a) => a.missing.property,
  };

  function evaluate(text) {
    const stack = new Stack();
    let position = 0;
    for (const token of text.split(" ")) {
      try {
        if (/^\d+$/.test(token)) {
          stack.push(Number(token));
        } else {
          const operation = operations[token];
          if (operation === undefined) throw new ParseError(`unknown token ${token}`, position);
          const right = stack.pop();
          stack.push(operation.length === 1 ? operation(right) : operation(stack.pop(), right));
        }
      } catch (error) {
        if (error instanceof ParseError) throw error;
        throw new ParseError("cannot evaluate", position, { cause: error });
      } finally {
        position += token.length + 1;
      }
    }
    return stack.pop();
  }

  const descend = (depth, i) => {
    try {
      if (depth === 0) {
        if (i % 3 === 0) throw i;
        return i;
      }
      return descend(depth - 1, i) + 1;
    } finally {
      cleanups++;
    }
  };

  let cleanups = 0;
  let sum = 0;
  for (let i = 0; i < 1000; i++) {
    for (const text of [`${i} 2 + 3 *`, "1 +", "4 ? 5", `7 ${i} !`]) {
      try {
        sum += evaluate(text);
      } catch (error) {
        sum += error.position + error.message.length + (error.cause instanceof TypeError ? 7 : 0);
      }
    }
  }
  for (let i = 0; i < 7000; i++) {
    try {
      sum += descend(5, i);
    } catch (thrown) {
      sum -= thrown % 100;
    }
  }
  return sum + cleanups;
})();
