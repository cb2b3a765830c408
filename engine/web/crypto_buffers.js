// The bytes of buffers, and what else the scripts of Web Cryptography share. Here is used what the realm had when it was made: a program that
// changes a prototype sees nothing of keys, and gets the same results.

const { isBufferSource } = web.webidl;
const { apply, getOwnPropertyDescriptor } = Reflect;
const { defineProperty, getPrototypeOf } = Object;
const { isView } = ArrayBuffer;
const { DOMException } = globalThis;

const getter = (prototype, name) => {
  const { get } = getOwnPropertyDescriptor(prototype, name);
  return (object) => apply(get, object, []);
};

const TypedArray = getPrototypeOf(Uint8Array.prototype);
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
const { set } = TypedArray;

const isTypedArray = (value) => isView(value) && nameOfTypedArray(value) !== undefined;

// The ArrayBuffer of a BufferSource. TypeError where that is shared or resizable.
function bufferOf(source, name) {
  const buffer = isTypedArray(source) ? bufferOfTypedArray(source) : isView(source) ? bufferOfDataView(source) : source;
  if (!isBufferSource(buffer)) {
    throw new TypeError(`${name} must not be shared`);
  }
  if (isResizable(buffer)) {
    throw new TypeError(`${name} must not be resizable`);
  }
  return buffer;
}

// BufferSource: the object itself, which is looked at when it is copied.
function bufferSource(value, name) {
  if (!isBufferSource(value)) {
    throw new TypeError(`${name} must be an ArrayBuffer or a view of one`);
  }
  bufferOf(value, name);
  return value;
}

// The bytes that a BufferSource stands for, as a Uint8Array over the same memory.
function bytesOf(source) {
  const buffer = bufferOf(source, "the buffer");
  if (isDetached(buffer)) {
    return new Uint8Array(0);
  }
  if (isTypedArray(source)) {
    return new Uint8Array(buffer, offsetOfTypedArray(source), sizeOfTypedArray(source));
  }
  return isView(source)
    ? new Uint8Array(buffer, offsetOfDataView(source), sizeOfDataView(source))
    : new Uint8Array(buffer, 0, sizeOfBuffer(buffer));
}

const writeBytes = (target, bytes) => apply(set, target, [bytes]);

// "Get a copy of the bytes held by the buffer source".
function copyBytes(source) {
  const bytes = bytesOf(source);
  const copy = new Uint8Array(sizeOfTypedArray(bytes));
  writeBytes(copy, bytes);
  return copy;
}

// BigInteger: a Uint8Array.
function bigInteger(value, name) {
  if (!isView(value) || nameOfTypedArray(value) !== "Uint8Array") {
    throw new TypeError(`${name} must be a Uint8Array`);
  }
  return copyBytes(bufferSource(value, name));
}

// Sets a property of an object's own, whatever a program has made of the prototypes.
function setOwn(object, name, value) {
  defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

const failure = (name, message) => (name === "TypeError" ? new TypeError(message) : new DOMException(message, name));

web.crypto = {
  __proto__: null,
  bigInteger,
  bufferOfTypedArray,
  bufferSource,
  bytesOf,
  copyBytes,
  failure,
  nameOfTypedArray,
  setOwn,
  sizeOfTypedArray,
  writeBytes,
};
