// A ray tracer: spheres and a chequered floor with shadows and reflections; small objects of floats.
(() => {
  const WIDTH = 80;
  const HEIGHT = 60;

  class Vector {
    constructor(x, y, z) {
      this.x = x;
      this.y = y;
      this.z = z;
    }

    plus(other) {
      return new Vector(this.x + other.x, this.y + other.y, this.z + other.z);
    }

    minus(other) {
      return new Vector(this.x - other.x, this.y - other.y, this.z - other.z);
    }

    times(factor) {
      return new Vector(this.x * factor, this.y * factor, this.z * factor);
    }

    dot(other) {
      return this.x * other.x + this.y * other.y + this.z * other.z;
    }

    unit() {
      return this.times(1 / Math.sqrt(this.dot(this)));
    }
  }

  class Sphere {
    constructor(center, radius, color, shine) {
      Object.assign(this, { center, radius, color, shine });
    }

    /** How far along the ray it is hit, or Infinity. */
    distance(origin, direction) {
      const offset = origin.minus(this.center);
      const b = offset.dot(direction);
      const root = b * b - offset.dot(offset) + this.radius * this.radius;
      if (root < 0) return Infinity;
      const near = -b - Math.sqrt(root);
      if (near > 1e-4) return near;
      const far = -b + Math.sqrt(root);
      return far > 1e-4 ? far : Infinity;
    }

    normal(point) {
      return point.minus(this.center).times(1 / this.radius);
    }

    colorAt() {
      return this.color;
    }
  }

  class Floor {
    constructor(height) {
      this.height = height;
      this.up = new Vector(0, 1, 0);
      this.light = new Vector(0.9, 0.9, 0.9);
      this.dark = new Vector(0.2, 0.2, 0.3);
      this.shine = 0.25;
    }

    distance(origin, direction) {
      if (direction.y > -1e-6) return Infinity;
      return (this.height - origin.y) / direction.y;
    }

    normal() {
      return this.up;
    }

    colorAt(point) {
      return (Math.floor(point.x) + Math.floor(point.z)) % 2 === 0 ? this.light : this.dark;
    }
  }

  const shapes = [
    new Floor(-1),
    new Sphere(new Vector(0, 0.2, 5), 1.2, new Vector(0.9, 0.3, 0.2), 0.5),
    new Sphere(new Vector(-2, -0.3, 4), 0.7, new Vector(0.2, 0.8, 0.3), 0.3),
    new Sphere(new Vector(1.8, -0.4, 3.5), 0.6, new Vector(0.2, 0.3, 0.9), 0.6),
  ];
  const sun = new Vector(-4, 6, -3).unit();
  const sky = new Vector(0.5, 0.7, 1);

  function nearest(origin, direction) {
    let shape = null;
    let distance = Infinity;
    for (const candidate of shapes) {
      const found = candidate.distance(origin, direction);
      if (found > 1e-4 && found < distance) {
        shape = candidate;
        distance = found;
      }
    }
    return { shape, distance };
  }

  function trace(origin, direction, depth) {
    const { shape, distance } = nearest(origin, direction);
    if (shape === null) return sky.times(0.6 + 0.4 * direction.y);
    const point = origin.plus(direction.times(distance));
    const normal = shape.normal(point);
    const lit = nearest(point, sun).shape === null ? Math.max(0, normal.dot(sun)) : 0;
    const color = shape.colorAt(point).times(0.15 + 0.85 * lit);
    if (depth === 0) return color;
    const reflected = direction.minus(normal.times(2 * direction.dot(normal)));
    return color.times(1 - shape.shine).plus(trace(point, reflected, depth - 1).times(shape.shine));
  }

  let sum = 0;
  const eye = new Vector(0, 0.5, -2);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const direction = new Vector((x - WIDTH / 2) / WIDTH, (HEIGHT / 2 - y) / WIDTH, 1).unit();
      const color = trace(eye, direction, 3);
      sum += Math.round(color.x * 255) * 3 + Math.round(color.y * 255) * 5 + Math.round(color.z * 255) * 7;
    }
  }
  return sum;
})();
