// An incremental solver of one-way constraints: a graph of variables, planned anew as constraints come and go.
(() => {
  const REQUIRED = 0;
  const STRONG = 1;
  const MEDIUM = 2;
  const WEAK = 3;

  class Variable {
    constructor(value) {
      this.value = value;
      this.constraints = [];
      this.setter = null;
      this.strength = WEAK + 1; // how hard it is to change; the larger, the easier
      this.mark = 0;
    }
  }

  /** Says what one variable is, by others. Each kind has its own `compute`. */
  class Constraint {
    constructor(strength, output, inputs) {
      this.strength = strength;
      this.output = output;
      this.inputs = inputs;
      this.active = false;
    }
  }

  class Edit extends Constraint {
    constructor(output, strength) {
      super(strength, output, []);
      this.target = output.value;
    }

    compute() {
      this.output.value = this.target;
    }
  }

  class Equal extends Constraint {
    constructor(output, input, strength = REQUIRED) {
      super(strength, output, [input]);
    }

    compute() {
      this.output.value = this.inputs[0].value;
    }
  }

  class Scaled extends Constraint {
    constructor(output, input, factor, offset) {
      super(MEDIUM, output, [input, factor, offset]);
    }

    compute() {
      const [input, factor, offset] = this.inputs;
      this.output.value = (input.value * factor.value + offset.value) % 65521;
    }
  }

  class Sum extends Constraint {
    compute() {
      let sum = 0;
      for (const input of this.inputs) sum += input.value;
      this.output.value = sum % 65521;
    }
  }

  class Planner {
    constructor() {
      this.mark = 0;
    }

    add(constraint) {
      for (const variable of [constraint.output, ...constraint.inputs]) variable.constraints.push(constraint);
      this.enforce(constraint);
      for (const step of this.plan([constraint.output])) step.compute();
    }

    /** The strongest constraint on a variable sets it; the one it drives out rests. */
    enforce(constraint) {
      const { output } = constraint;
      if (output.setter !== null && output.strength <= constraint.strength) return;
      if (output.setter !== null) output.setter.active = false;
      output.setter = constraint;
      output.strength = constraint.strength;
      constraint.active = true;
      constraint.compute();
    }

    remove(constraint) {
      for (const variable of [constraint.output, ...constraint.inputs]) {
        variable.constraints = variable.constraints.filter((other) => other !== constraint);
      }
      const { output } = constraint;
      if (output.setter !== constraint) return;
      output.setter = null;
      output.strength = WEAK + 1;
      for (const other of output.constraints) if (other.output === output) this.enforce(other);
      for (const step of this.plan([output])) step.compute();
    }

    /** The active constraints that depend on variables, in an order in which each follows those it depends on. */
    plan(changed) {
      this.mark++;
      const steps = [];
      const visit = (variable) => {
        if (variable.mark === this.mark) return;
        variable.mark = this.mark;
        for (const constraint of variable.constraints) {
          if (!constraint.active || constraint.output === variable) continue;
          visit(constraint.output);
          steps.push(constraint);
        }
      };
      changed.forEach(visit);
      return steps.reverse();
    }
  }

  function chain(planner, length) {
    const variables = Array.from({ length }, (_, i) => new Variable(i));
    for (let i = 1; i < length; i++) planner.add(new Equal(variables[i], variables[i - 1]));
    const edit = new Edit(variables[0], STRONG);
    planner.add(edit);
    const plan = planner.plan([variables[0]]);
    for (let i = 0; i < 40; i++) {
      edit.target = i * 3;
      edit.compute();
      for (const step of plan) step.compute();
    }
    planner.remove(edit);
    return variables.at(-1).value;
  }

  function projection(planner, width) {
    const factor = new Variable(10);
    const offset = new Variable(1000);
    const outputs = [];
    const inputs = [];
    for (let i = 0; i < width; i++) {
      inputs.push(new Variable(i));
      outputs.push(new Variable(0));
      planner.add(new Scaled(outputs[i], inputs[i], factor, offset));
    }
    const total = new Variable(0);
    planner.add(new Sum(MEDIUM, total, outputs));
    for (let i = 0; i < 30; i++) {
      const edit = new Edit([factor, offset, inputs[i % width]][i % 3], i % 2 ? STRONG : MEDIUM);
      edit.target = 5 + i;
      planner.add(edit);
      planner.remove(edit);
    }
    return total.value;
  }

  const planner = new Planner();
  let sum = 0;
  for (let i = 0; i < 3; i++) sum = (sum * 31 + chain(planner, 90) * 100 + projection(planner, 70)) % 1000003;
  return sum;
})();
