// What Web Cryptography takes from Web IDL (https://webidl.spec.whatwg.org/): conversions of arguments and dictionary members. They use
// what the realm had when it was made: a program that changes a prototype changes nothing here.

const { apply, getOwnPropertyDescriptor } = Reflect;
const getter = (prototype, name) => {
  const { get } = getOwnPropertyDescriptor(prototype, name);
  return (object) => apply(get, object, []);
};

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
const { isView } = ArrayBuffer;
const nameOfTypedArray = getter(TypedArray, Symbol.toStringTag);
const bufferOfTypedArray = getter(TypedArray, "buffer");
const offsetOfTypedArray = getter(TypedArray, "byteOffset");
const sizeOfTypedArray = getter(TypedArray, "byteLength");
const bufferOfDataView = getter(DataView.prototype, "buffer");
const offsetOfDataView = getter(DataView.prototype, "byteOffset");
const sizeOfDataView = getter(DataView.prototype, "byteLength");
const sizeOfBuffer = getter(ArrayBuffer.prototype, "byteLength");
const isResizable = getter(ArrayBuffer.prototype, "resizable");
const isDetached = getter(ArrayBuffer.prototype, "detached");
const { set: setBytes } = TypedArray;
const { isFinite: isFiniteNumber } = Number;
const { trunc } = Math;
const { defineProperty } = Object;
const StringConstructor = String;
const iteratorSymbol = Symbol.iterator;

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

function isBuffer(value) {
  try {
    sizeOfBuffer(value);
    return true;
  } catch {
    return false;
  }
}

const isBufferSource = (value) => isView(value) || isBuffer(value);

// An ArrayBuffer that is neither shared nor resizable.
function checkBuffer(buffer, name) {
  if (!isBuffer(buffer)) {
    throw new TypeError(`${name} must be an ArrayBuffer or a view of one`);
  }
  if (isResizable(buffer)) {
    throw new TypeError(`${name} must not be resizable`);
  }
}

// The bytes that a BufferSource stands for, as a Uint8Array over the same memory.
function bytesOf(source) {
  const isTypedArray = isView(source) && nameOfTypedArray(source) !== undefined;
  const buffer = isTypedArray ? bufferOfTypedArray(source) : isView(source) ? bufferOfDataView(source) : source;
  if (isDetached(buffer)) {
    return new Uint8Array(0);
  }
  if (isTypedArray) {
    return new Uint8Array(buffer, offsetOfTypedArray(source), sizeOfTypedArray(source));
  }
  return isView(source)
    ? new Uint8Array(buffer, offsetOfDataView(source), sizeOfDataView(source))
    : new Uint8Array(buffer, 0, sizeOfBuffer(buffer));
}

// BufferSource: the object itself, which is looked at when it is copied.
function bufferSource(value, name) {
  const isTypedArray = isView(value) && nameOfTypedArray(value) !== undefined;
  checkBuffer(isTypedArray ? bufferOfTypedArray(value) : isView(value) ? bufferOfDataView(value) : value, name);
  return value;
}

// "Get a copy of the bytes held by the buffer source".
function copyBytes(source) {
  const bytes = bytesOf(source);
  const copy = new Uint8Array(sizeOfTypedArray(bytes));
  apply(setBytes, copy, [bytes]);
  return copy;
}

const copiedBufferSource = (value, name) => copyBytes(bufferSource(value, name));

// BigInteger: a Uint8Array.
function bigInteger(value, name) {
  if (!isView(value) || nameOfTypedArray(value) !== "Uint8Array") {
    throw new TypeError(`${name} must be a Uint8Array`);
  }
  return copiedBufferSource(value, name);
}

// An integer type with [EnforceRange].
const enforceRange = (most) => (value, name) => {
  const number = trunc(+value);
  if (!isFiniteNumber(number) || number < 0 || number > most) {
    throw new TypeError(`${name} must be an integer from 0 to ${most}`);
  }
  return number + 0;
};

// DOMString. Not by a template literal, for which the engine calls what a program may have put into String.prototype.
function string(value) {
  if (typeof value === "symbol") {
    throw new TypeError("a symbol is no string");
  }
  return StringConstructor(value);
}

// sequence<T>, T converted by `convert`.
function sequence(value, name, convert) {
  const method = isObject(value) ? value[iteratorSymbol] : undefined;
  if (typeof method !== "function") {
    throw new TypeError(`${name} must be a sequence`);
  }
  const iterator = apply(method, value, []);
  if (!isObject(iterator)) {
    throw new TypeError(`${name} must be a sequence`);
  }
  const { next } = iterator;
  const list = [];
  for (;;) {
    const result = apply(next, iterator, []);
    if (!isObject(result)) {
      throw new TypeError(`${name} must be a sequence`);
    }
    if (result.done) {
      return list;
    }
    append(list, convert(result.value, name));
  }
}

// Sets a property of an object's own, whatever a program has made of the prototypes.
function setOwn(object, name, value) {
  defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

const append = (list, value) => setOwn(list, list.length, value);

// An enumeration with these values.
const enumeration = (values) => (value, name) => {
  const text = string(value);
  if (!(text in values)) {
    throw new TypeError(`${name}: '${text}' is none of its values`);
  }
  return text;
};

function insistOnArguments(given, needed, name) {
  if (given.length < needed) {
    throw new TypeError(`${name} takes at least ${needed} argument${needed === 1 ? "" : "s"}, not ${given.length}`);
  }
}

const DOMException = globalThis.DOMException;
const failure = (name, message) =>
  name === "TypeError" ? new TypeError(message) : new DOMException(message, name);

web.crypto = {
  __proto__: null,
  append,
  apply,
  bigInteger,
  bufferOfTypedArray,
  bufferSource,
  bytesOf,
  copiedBufferSource,
  copyBytes,
  enforceRange,
  enumeration,
  failure,
  insistOnArguments,
  isBufferSource,
  isObject,
  nameOfTypedArray,
  sequence,
  setBytes,
  setOwn,
  sizeOfTypedArray,
  string,
};
