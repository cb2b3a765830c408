// A list that does not keep what is in it, as `web.WeakList`.
//
//   add(object)      at the end; returns a link. What `link.strong` is set to is kept as long as the list is
//   remove(link)
//   for (const object of list)

class Link {
  strong = undefined;

  constructor(object) {
    this.weak = new WeakRef(object);
  }
}

web.WeakList = class WeakList {
  #links = [];
  #limit = 8; // where it looks for those that are gone: whenever there are twice as many

  add(object) {
    if (this.#links.length >= this.#limit) {
      this.#links = this.#links.filter((link) => link.weak.deref() !== undefined);
      this.#limit = Math.max(8, this.#links.length * 2);
    }
    const link = new Link(object);
    this.#links.push(link);
    return link;
  }

  remove(link) {
    link.strong = undefined;
    this.#links = this.#links.filter((other) => other !== link);
  }

  *[Symbol.iterator]() {
    for (const { weak } of [...this.#links]) {
      const object = weak.deref();
      if (object !== undefined) yield object;
    }
  }
};
