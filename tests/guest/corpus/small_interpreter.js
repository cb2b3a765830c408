// An interpreter for a small Lisp, with closures of its own, that waits whenever its program asks for input.
async function main() {
  const output = []
  const parse = text => {
    const tokens = text.match(/[()]|[^\s()]+/g)
    const read = () => {
      const token = tokens.shift()
      if (token !== "(") return isNaN(token) ? token : Number(token)
      const list = []
      while (tokens[0] !== ")") list.push(read())
      tokens.shift()
      return list
    }
    return read()
  }
  const globals = {
    __proto__: null,
    "+": (...list) => list.reduce((a, b) => a + b),
    "*": (a, b) => a * b,
    "<": (a, b) => a < b,
    "-": (a, b) => a - b,
    ask: value => pause(value),
    print: value => {
      output.push(value)
      return value
    },
  }
  async function evaluate(form, scope) {
    if (typeof form === "string") return scope[form]
    if (!Array.isArray(form)) return form
    const [head, ...rest] = form
    switch (head) {
      case "if":
        return evaluate((await evaluate(rest[0], scope)) ? rest[1] : rest[2], scope)
      case "define":
        return (globals[rest[0]] = await evaluate(rest[1], scope))
      case "lambda":
        return async (...values) => {
          const inner = Object.create(scope)
          rest[0].forEach((name, index) => {
            inner[name] = values[index]
          })
          return evaluate(rest[1], inner)
        }
      case "do": {
        let last
        for (const part of rest) last = await evaluate(part, scope)
        return last
      }
    }
    const [callee, ...values] = [await evaluate(head, scope)]
    for (const part of rest) values.push(await evaluate(part, scope))
    return callee(...values)
  }
  const program = `(do
        (define fact (lambda (n) (if (< n 2) 1 (* n (fact (- n 1))))))
        (define adder (lambda (a) (lambda (b) (+ a b (ask 1)))))
        (define add5 (adder 5))
        (print (fact (ask 0.5)))
        (print (add5 (ask 2)))
        (define loop (lambda (n) (if (< n 3) (do (print (ask n)) (loop (+ n 1))) (print n))))
        (loop 0)
        (print ((lambda (x y) (- x y)) (ask 10) (ask 1))))`
  return { last: await evaluate(parse(program), globals), output }
}
main().then(value => (globalThis.result = value))

/* expected
{"last": 90, "output": [120, 35, 0, 10, 20, 3, 90]}
*/
