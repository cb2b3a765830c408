// A splay tree that always changes: rotations of linked nodes with payloads, much of it garbage soon.
(() => {
  const SIZE = 2500;
  const CHANGES = 4500;

  let seed = 49734321;
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff);

  class Node {
    constructor(key, value) {
      this.key = key;
      this.value = value;
      this.left = null;
      this.right = null;
    }
  }

  class SplayTree {
    root = null;

    /** Brings the node with this key, or the last one on the way to it, to the root; from the top down. */
    splay(key) {
      if (this.root === null) return;
      const dummy = new Node(null, null);
      let left = dummy;
      let right = dummy;
      let current = this.root;
      while (key !== current.key) {
        if (key < current.key) {
          if (current.left === null) break;
          if (key < current.left.key) {
            const child = current.left;
            current.left = child.right;
            child.right = current;
            current = child;
            if (current.left === null) break;
          }
          right.left = current;
          right = current;
          current = current.left;
        } else {
          if (current.right === null) break;
          if (key > current.right.key) {
            const child = current.right;
            current.right = child.left;
            child.left = current;
            current = child;
            if (current.right === null) break;
          }
          left.right = current;
          left = current;
          current = current.right;
        }
      }
      left.right = current.left;
      right.left = current.right;
      current.left = dummy.right;
      current.right = dummy.left;
      this.root = current;
    }

    has(key) {
      this.splay(key);
      return this.root !== null && this.root.key === key;
    }

    insert(key, value) {
      if (this.has(key)) return false;
      const node = new Node(key, value);
      if (this.root !== null) {
        const before = key > this.root.key;
        node.left = before ? this.root : this.root.left;
        node.right = before ? this.root.right : this.root;
        if (before) this.root.right = null;
        else this.root.left = null;
      }
      this.root = node;
      return true;
    }

    remove(key) {
      if (!this.has(key)) return null;
      const removed = this.root;
      if (removed.left === null) {
        this.root = removed.right;
      } else {
        const { right } = removed;
        this.root = removed.left;
        this.splay(key);
        this.root.right = right;
      }
      return removed;
    }

    greatestBelow(key) {
      this.splay(key);
      let node = this.root;
      if (node.key < key) return node;
      node = node.left;
      while (node?.right) node = node.right;
      return node;
    }

    *keys(node = this.root) {
      const stack = [];
      while (node !== null || stack.length > 0) {
        for (; node !== null; node = node.left) stack.push(node);
        node = stack.pop();
        yield node.key;
        node = node.right;
      }
    }
  }

  const payload = (depth, tag) =>
    depth === 0
      ? { array: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], string: `leaf ${tag}` }
      : { left: payload(depth - 1, tag), right: payload(depth - 1, tag) };

  const tree = new SplayTree();
  const insertNew = () => {
    let key;
    do key = random();
    while (!tree.insert(key, payload(2, key)));
    return key;
  };
  for (let i = 0; i < SIZE; i++) insertNew();
  for (let i = 0; i < CHANGES; i++) {
    const key = insertNew();
    const neighbour = tree.greatestBelow(key);
    tree.remove(neighbour === null ? key : neighbour.key);
  }

  let sum = 0;
  let last = -1;
  for (const key of tree.keys()) {
    if (key <= last) throw new Error("out of order");
    last = key;
    sum = (sum * 31 + key) % 1000003;
  }
  return sum;
})();
