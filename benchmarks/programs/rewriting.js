// Symbolic algebra on pairs, as in Lisp: a reader, derivatives, pattern rules that simplify, a prover of tautologies.
(() => {
  class Pair {
    constructor(head, tail) {
      this.head = head;
      this.tail = tail;
    }
  }

  const list = (...items) => items.reduceRight((tail, head) => new Pair(head, tail), null);

  function read(text) {
    const tokens = text.match(/[()]|[^\s()]+/g);
    let at = 0;
    const next = () => {
      const token = tokens[at++];
      if (token !== "(") return /^-?\d+$/.test(token) ? Number(token) : Symbol.for(token);
      const items = [];
      while (tokens[at] !== ")") items.push(next());
      at++;
      return list(...items);
    };
    return next();
  }

  const equal = (a, b) =>
    a === b || (a instanceof Pair && b instanceof Pair && equal(a.head, b.head) && equal(a.tail, b.tail));
  const size = (term) => (term instanceof Pair ? size(term.head) + size(term.tail) : term === null ? 0 : 1);

  const isVariable = (term) => typeof term === "symbol" && term.description.startsWith("?");

  function match(pattern, term, found) {
    if (isVariable(pattern)) {
      if (found.has(pattern)) return equal(found.get(pattern), term);
      if (pattern.description.startsWith("?n") && typeof term !== "number") return false;
      found.set(pattern, term);
      return true;
    }
    if (!(pattern instanceof Pair)) return pattern === term;
    return term instanceof Pair && match(pattern.head, term.head, found) && match(pattern.tail, term.tail, found);
  }

  function substitute(pattern, found) {
    if (pattern instanceof Pair) return new Pair(substitute(pattern.head, found), substitute(pattern.tail, found));
    return isVariable(pattern) ? found.get(pattern) : pattern;
  }

  const rule = (pattern, result) => ({ pattern: read(pattern), result: read(result) });
  const simplifications = [
    rule("(+ 0 ?a)", "?a"),
    rule("(+ ?a 0)", "?a"),
    rule("(* 1 ?a)", "?a"),
    rule("(* ?a 1)", "?a"),
    rule("(* 0 ?a)", "0"),
    rule("(* ?a 0)", "0"),
    rule("(+ ?a ?a)", "(* 2 ?a)"),
    rule("(* ?n1 (* ?n2 ?a))", "(* (* ?n1 ?n2) ?a)"),
    rule("(* (+ ?a ?b) ?c)", "(+ (* ?a ?c) (* ?b ?c))"),
    rule("(+ (+ ?a ?b) ?c)", "(+ ?a (+ ?b ?c))"),
    rule("(d ?x ?x)", "1"),
    rule("(d (+ ?a ?b) ?x)", "(+ (d ?a ?x) (d ?b ?x))"),
    rule("(d (* ?a ?b) ?x)", "(+ (* ?a (d ?b ?x)) (* ?b (d ?a ?x)))"),
    rule("(d ?n ?x)", "0"),
  ];
  const propositions = [
    rule("(not ?a)", "(if ?a false true)"),
    rule("(and ?a ?b)", "(if ?a ?b false)"),
    rule("(or ?a ?b)", "(if ?a true ?b)"),
    rule("(implies ?a ?b)", "(if ?a ?b true)"),
    rule("(if true ?a ?b)", "?a"),
    rule("(if false ?a ?b)", "?b"),
    rule("(if (if ?a ?b ?c) ?d ?e)", "(if ?a (if ?b ?d ?e) (if ?c ?d ?e))"),
  ];
  const operations = new Map([[Symbol.for("+"), (a, b) => a + b], [Symbol.for("*"), (a, b) => (a * b) % 10007]]);

  function rewriteList(items, rules) {
    return items === null ? null : new Pair(rewrite(items.head, rules), rewriteList(items.tail, rules));
  }

  function rewrite(term, rules) {
    if (!(term instanceof Pair)) return term;
    term = rewriteList(term, rules);
    const operation = operations.get(term.head);
    if (operation && typeof term.tail.head === "number" && typeof term.tail.tail.head === "number") {
      return operation(term.tail.head, term.tail.tail.head);
    }
    for (const { pattern, result } of rules) {
      const found = new Map();
      if (match(pattern, term, found)) return rewrite(substitute(result, found), rules);
    }
    return term;
  }

  const TRUE = Symbol.for("true");
  const FALSE = Symbol.for("false");
  function holds(term, known) {
    if (!(term instanceof Pair)) return term === TRUE || (term !== FALSE && known.get(term) === true);
    const { head: test, tail: { head: then, tail: { head: otherwise } } } = term.tail;
    if (test === TRUE || known.get(test) === true) return holds(then, known);
    if (test === FALSE || known.get(test) === false) return holds(otherwise, known);
    return holds(then, new Map(known).set(test, true)) && holds(otherwise, new Map(known).set(test, false));
  }

  let sum = 0;
  let term = read("(* (+ x 3) (* (+ x 2) (+ (* 5 x) (+ y 7))))");
  for (let i = 0; i < 4; i++) {
    term = rewrite(list(Symbol.for("d"), term, Symbol.for("x")), simplifications);
    sum = sum * 101 + size(term);
  }
  for (const text of [
    "(implies (and (implies p q) (and (implies q r) (and (implies r s) (implies s t)))) (implies p t))",
    "(implies (and (or p q) (and (implies p r) (implies q r))) (or r (not (implies p (and q s)))))",
    "(implies (or p (and q r)) (and p q))",
  ]) {
    const normal = rewrite(read(text), propositions);
    sum = sum * 7 + size(normal) + (holds(normal, new Map()) ? 1 : 0);
  }
  return sum;
})();
