// What programs can replace, as it was when the realm was made, on `web.builtins`. A script that says `items.push(item)` or
// `for (const item of items)` calls what a program has put there, and shows it the items; so scripts say it with these.
//
//   uncurry(method)              the method as a function of its receiver and its arguments
//   getterOf(Interface, name)    … so the getter of a member
//   list(...items)               an array without a prototype: what is set in it meets no setter
//   append(items, item)
//   remove(items, item)          the first that is the same
//   includes(items, item)
//   shown(items)                 a list as an array for programs
//   weakTarget(reference)        WeakRef.prototype.deref
//   lengthOf(bytes), setBytes(bytes, other, position)
//                                … and those of a Uint8Array
//   concatenate(pieces)          Uint8Arrays as one

const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Reflect;

const uncurry = Function.prototype.bind.bind(Function.prototype.call);
const getterOf = (Interface, name) => uncurry(getOwnPropertyDescriptor(Interface.prototype, name).get);

function list(...items) {
  setPrototypeOf(items, null);
  return items;
}

function append(items, item) {
  items[items.length] = item;
}

function indexOf(items, item) {
  for (let i = 0; i < items.length; i++) if (items[i] === item) return i;
  return -1;
}

function remove(items, item) {
  const found = indexOf(items, item);
  if (found === -1) return;
  for (let i = found + 1; i < items.length; i++) items[i - 1] = items[i];
  items.length--;
}

function shown(items) {
  const array = [];
  const element = { __proto__: null, value: undefined, writable: true, enumerable: true, configurable: true };
  for (let i = 0; i < items.length; i++) {
    element.value = items[i];
    defineProperty(array, i, element);
  }
  return array;
}

// ---- bytes

const TypedArray = Object.getPrototypeOf(Uint8Array);
const lengthOf = getterOf(TypedArray, "length");
const setBytes = uncurry(TypedArray.prototype.set);

function concatenate(pieces) {
  let size = 0;
  for (let i = 0; i < pieces.length; i++) size += lengthOf(pieces[i]);
  const bytes = new Uint8Array(size);
  for (let i = 0, position = 0; i < pieces.length; position += lengthOf(pieces[i++])) setBytes(bytes, pieces[i], position);
  return bytes;
}

web.builtins = {
  __proto__: null,
  uncurry,
  getterOf,
  list,
  append,
  remove,
  includes: (items, item) => indexOf(items, item) !== -1,
  shown,
  weakTarget: uncurry(WeakRef.prototype.deref),
  lengthOf,
  setBytes,
  concatenate,
};
