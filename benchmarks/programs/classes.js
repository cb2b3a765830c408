// Classes: three levels of inheritance, private members, getters and setters, static members, super calls, mixins.
(() => {
  class Shape {
    static #made = 0;
    #label;

    constructor(label) {
      this.#label = label;
      Shape.#made++;
    }

    static get made() {
      return Shape.#made;
    }

    get label() {
      return this.#label;
    }

    get area() {
      return 0;
    }

    describe() {
      return this.#label.length + Math.round(this.area);
    }

    [Symbol.toPrimitive](hint) {
      return hint === "number" ? this.area : this.label;
    }
  }

  class Rectangle extends Shape {
    #width;
    #height;

    constructor(width, height, label = "rectangle") {
      super(label);
      this.#width = width;
      this.#height = height;
    }

    get width() {
      return this.#width;
    }

    set width(value) {
      this.#width = this.#checked(value);
    }

    get area() {
      return this.#width * this.#height;
    }

    #checked(value) {
      return value < 0 ? 0 : value;
    }

    grow(amount) {
      this.width += amount;
      return this;
    }
  }

  class Square extends Rectangle {
    static unit = new Square(1);

    constructor(size) {
      super(size, size, "square");
    }

    describe() {
      return super.describe() * 2;
    }

    static isSquare(value) {
      return value instanceof Square;
    }
  }

  const Counted = (Base) =>
    class extends Base {
      calls = 0;

      describe() {
        this.calls += 1;
        return super.describe() + this.calls;
      }
    };

  class Tally extends Counted(Square) {}

  class Vector extends Array {
    get length2() {
      return this.reduce((sum, value) => sum + value * value, 0);
    }
  }

  const shapes = [];
  for (let i = 0; i < 1500; i++) {
    shapes.push(i % 3 === 0 ? new Rectangle(i % 10, 4) : i % 3 === 1 ? new Square(i % 6) : new Tally(i % 4));
  }
  let sum = 0;
  for (let round = 0; round < 36; round++) {
    for (const shape of shapes) {
      sum += shape.describe() + shape.area;
      shape.grow(round % 2 ? -1 : 2);
      if (Square.isSquare(shape)) sum += shape.width;
      if (shape.label === "square") sum -= 1;
    }
  }
  for (const shape of shapes) sum += +shape + `${shape}`.length;
  for (let i = 0; i < 1500; i++) sum += Vector.of(i % 5, 2, 3).map((x) => x + 1).length2;
  return sum + Shape.made % 2 + Square.unit.area;
})();
