// A list that does not keep what is in it, as `web.WeakList`.
//
//   add(object)      at the end; returns a link. What `link.strong` is set to is kept as long as the list is
//   remove(link)
//   all()            a list of the objects that are left

const { append, list, remove, weakTarget } = web.builtins;

class Link {
  strong = undefined;

  constructor(object) {
    this.weak = new WeakRef(object);
  }
}

web.WeakList = class WeakList {
  #links = list();
  #limit = 8; // where it looks for those that are gone: whenever there are twice as many

  add(object) {
    if (this.#links.length >= this.#limit) this.#clean();
    const link = new Link(object);
    append(this.#links, link);
    return link;
  }

  #clean() {
    const left = list();
    for (let i = 0; i < this.#links.length; i++) {
      if (weakTarget(this.#links[i].weak) !== undefined) append(left, this.#links[i]);
    }
    this.#links = left;
    this.#limit = left.length > 4 ? left.length * 2 : 8;
  }

  remove(link) {
    link.strong = undefined;
    remove(this.#links, link);
  }

  all() {
    const objects = list();
    for (let i = 0; i < this.#links.length; i++) {
      const object = weakTarget(this.#links[i].weak);
      if (object !== undefined) append(objects, object);
    }
    return objects;
  }
};
