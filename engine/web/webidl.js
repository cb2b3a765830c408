// Web IDL for the scripts beside this one, as `web.webidl`: https://webidl.spec.whatwg.org/
//
// A conversion is `convert(value, context)`: it returns the value as its Web IDL type has it, or throws a TypeError whose
// message begins with `context`, which says what is converted: "Event constructor: eventInitDict".
//
//   any boolean DOMString USVString ByteString object      conversions
//   double unrestrictedDouble                              … of numbers
//   octet unsignedShort long unsignedLong longLong unsignedLongLong
//                                                          … of integers; a third argument ENFORCE_RANGE or CLAMP
//   callbackFunction                                       … of functions
//   interfaceType(name, isInstance)                        makes a conversion: of the instances of an interface
//   nullable(convert) sequence(convert) record(key, value) enumeration(name, values)
//                                                          … of these types
//   iterated(iterable, method, convert, context)
//                                                          a sequence of what this method iterates over, for unions with one
//   dictionary(name, members, parent)                      … of a dictionary. A member: { key, convert, default: () => value,
//                                                            required: true }. The result has only members that are present
//   isBufferSource(value), bufferBytes(source, context)    BufferSource: whether it is one; a new Uint8Array with a copy
//   requireArguments(count, required, context)             throws if there are fewer
//   define(Interface, constants)                           attributes of properties and Symbol.toStringTag, as Web IDL has them
//   iterable(Interface, pairsOf)                           adds entries, keys, values, forEach and Symbol.iterator
//   key, requireKey(given)                                 interfaces without a constructor: `constructor() { requireKey(arguments[0]) }`,
//                                                            and `new Interface(key)` in our scripts
//   isObject(value)

const { append, list, shown, uncurry } = web.builtins;
const { apply, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
const { floor, max, min, trunc } = Math;
const { isFinite, isNaN } = Number;
const { asIntN, asUintN } = BigInt;

function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function fail(context, problem) {
  return new TypeError(`${context} ${problem}`);
}

function requireArguments(count, required, context) {
  if (count < required) {
    const plural = required === 1 ? "" : "s";
    throw new TypeError(`${context}: ${required} argument${plural} required, but only ${count} present`);
  }
}

// ---- primitive types

function DOMString(value, context = "The value") {
  if (typeof value === "string") return value;
  if (typeof value === "symbol") throw fail(context, "is a symbol, which cannot be converted to a string");
  return String(value);
}

const toWellFormed = uncurry(String.prototype.toWellFormed);
const charCodeAt = uncurry(String.prototype.charCodeAt);

function USVString(value, context) {
  return toWellFormed(DOMString(value, context));
}

function ByteString(value, context = "The value") {
  const text = DOMString(value, context);
  for (let i = 0; i < text.length; i++) {
    if (charCodeAt(text, i) > 255) throw fail(context, "has a character above U+00FF");
  }
  return text;
}

function toNumber(value, context = "The value") {
  if (typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "symbol") {
    throw fail(context, `is a ${typeof value}, which cannot be converted to a number`);
  }
  return +value;
}

function unrestrictedDouble(value, context) {
  return toNumber(value, context);
}

function double(value, context = "The value") {
  const number = toNumber(value, context);
  if (!isFinite(number)) throw fail(context, "is not a finite number");
  return number;
}

function roundHalfToEven(number) {
  const below = floor(number);
  const rest = number - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

function wrap(number, bits, signed) {
  if (!isFinite(number)) return 0;
  const whole = BigInt(trunc(number));
  return Number(signed ? asIntN(bits, whole) : asUintN(bits, whole));
}

const NO_ATTRIBUTES = { __proto__: null, enforceRange: false, clamp: false };
const ENFORCE_RANGE = { __proto__: null, enforceRange: true, clamp: false };
const CLAMP = { __proto__: null, enforceRange: false, clamp: true };

// Web IDL, "ConvertToInt".
function integer(bits, signed) {
  const limit = bits === 64 ? Number.MAX_SAFE_INTEGER : 2 ** (signed ? bits - 1 : bits) - 1;
  const lowest = signed ? (bits === 64 ? -limit : -limit - 1) : 0;
  return (value, context = "The value", { enforceRange, clamp } = NO_ATTRIBUTES) => {
    const number = toNumber(value, context);
    if (enforceRange) {
      const whole = trunc(number);
      if (!(whole >= lowest && whole <= limit)) throw fail(context, `is not an integer between ${lowest} and ${limit}`);
      return whole + 0;
    }
    if (clamp) return isNaN(number) ? 0 : roundHalfToEven(min(max(number, lowest), limit)) + 0;
    return number >= lowest && number <= limit ? trunc(number) + 0 : wrap(number, bits, signed);
  };
}

// ---- objects

function object(value, context = "The value") {
  if (!isObject(value)) throw fail(context, "is not an object");
  return value;
}

function callbackFunction(value, context = "The value") {
  if (typeof value !== "function") throw fail(context, "is not a function");
  return value;
}

function interfaceType(name, isInstance) {
  return (value, context = "The value") => {
    if (!isObject(value) || !isInstance(value)) throw fail(context, `is not of type ${name}`);
    return value;
  };
}

function nullable(convert) {
  return (value, context) => (value === undefined || value === null ? null : convert(value, context));
}

// Web IDL, "create a sequence from an iterable", which is not closed when a conversion throws.
function iterated(iterable, method, convert, context = "The value") {
  if (typeof method !== "function") throw fail(context, "is not iterable");
  const iterator = object(apply(method, iterable, []), `${context}, its iterator`);
  const { next } = iterator;
  const items = list();
  for (;;) {
    const result = object(apply(next, iterator, []), `${context}, what its iterator returned`);
    if (result.done) return shown(items);
    append(items, convert(result.value, `${context}, item ${items.length}`));
  }
}

function sequence(convert) {
  return (value, context = "The value") => {
    if (!isObject(value)) throw fail(context, "is not iterable");
    return iterated(value, value[Symbol.iterator], convert, context);
  };
}

// As an array of pairs; a key that is converted to an earlier one takes its place.
function record(convertKey, convertValue) {
  return (value, context = "The value") => {
    object(value, context);
    const pairs = list();
    const places = { __proto__: null };
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      if (!getOwnPropertyDescriptor(value, keys[i])?.enumerable) continue;
      const name = convertKey(keys[i], `${context}, a key`);
      const place = (places[name] ??= pairs.length);
      pairs[place] = [name, convertValue(value[keys[i]], `${context}, "${name}"`)];
    }
    return shown(pairs);
  };
}

function enumeration(name, values) {
  return (value, context = "The value") => {
    const text = DOMString(value, context);
    for (let i = 0; i < values.length; i++) if (values[i] === text) return text;
    throw fail(context, `is "${text}", which is no ${name}`);
  };
}

// The members of the parent come first, and those of each in the order of their names.
function dictionary(name, ownMembers, parent) {
  const sorted = ownMembers.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const members = [...(parent?.members ?? []), ...sorted.map((member) => ({ __proto__: null, ...member }))];
  function convert(given, context = name) {
    const isGiven = given !== undefined && given !== null;
    if (isGiven && !isObject(given)) throw fail(context, `is not of type ${name}`);
    const result = { __proto__: null };
    for (let i = 0; i < members.length; i++) {
      const member = members[i];
      const value = isGiven ? given[member.key] : undefined;
      if (value !== undefined) result[member.key] = member.convert(value, `${context}, "${member.key}"`);
      else if (member.required) throw fail(context, `has no "${member.key}"`);
      else if (member.default) result[member.key] = member.default();
    }
    return result;
  }
  convert.members = members;
  return convert;
}

// ---- BufferSource

function getter(prototype, name) {
  return prototype && getOwnPropertyDescriptor(prototype, name).get;
}

const arrayBufferLength = getter(globalThis.ArrayBuffer?.prototype, "byteLength");
const arrayBufferResizable = getter(globalThis.ArrayBuffer?.prototype, "resizable");
const typedArrayPrototype = globalThis.Uint8Array && Object.getPrototypeOf(Uint8Array.prototype);
const viewGetters = (prototype) => ["buffer", "byteOffset", "byteLength"].map((name) => getter(prototype, name));
const typedGetters = viewGetters(typedArrayPrototype);
const dataGetters = viewGetters(globalThis.DataView?.prototype);
const typedArrayTag = getter(typedArrayPrototype, Symbol.toStringTag);
const isView = globalThis.ArrayBuffer?.isView;

function isArrayBuffer(value) {
  try {
    apply(arrayBufferLength, value, []);
    return true;
  } catch {
    return false;
  }
}

function isBufferSource(value) {
  return isObject(value) && isView !== undefined && (isView(value) || isArrayBuffer(value));
}

// The buffer, the offset, the length.
function viewParts(view) {
  const getters = apply(typedArrayTag, view, []) === undefined ? dataGetters : typedGetters;
  return [apply(getters[0], view, []), apply(getters[1], view, []), apply(getters[2], view, [])];
}

// A detached buffer has no bytes.
function bufferBytes(source, context = "The value") {
  if (!isBufferSource(source)) throw fail(context, "is not an ArrayBuffer or a view on one");
  const parts = isView(source) ? viewParts(source) : [source, 0, apply(arrayBufferLength, source, [])];
  const buffer = parts[0];
  if (!isArrayBuffer(buffer)) throw fail(context, "is a view on a SharedArrayBuffer, which is not allowed");
  if (apply(arrayBufferResizable, buffer, [])) throw fail(context, "is or views a resizable ArrayBuffer, which is not allowed");
  return parts[2] === 0 ? new Uint8Array() : new Uint8Array(new Uint8Array(buffer, parts[1], parts[2]));
}

// ---- interfaces

function makeEnumerable(target, but) {
  for (const name of ownKeys(target)) {
    if (typeof name === "string" && !but.includes(name)) defineProperty(target, name, { enumerable: true });
  }
}

function define(Interface, constants = {}) {
  makeEnumerable(Interface.prototype, ["constructor"]);
  makeEnumerable(Interface, ["length", "name", "prototype"]);
  for (const name of ownKeys(constants)) {
    const constant = { value: constants[name], enumerable: true, writable: false, configurable: false };
    defineProperty(Interface, name, constant);
    defineProperty(Interface.prototype, name, constant);
  }
  defineProperty(Interface.prototype, Symbol.toStringTag, { value: Interface.name, configurable: true });
}

const key = Symbol("internal");

function requireKey(given) {
  if (given !== key) throw new TypeError("Illegal constructor");
}

// The default iterator object of an interface: it sees what is added while it is under way.
function makeIteratorClass(name, pairsOf) {
  class PairIterator {
    #target;
    #kind;
    #index = 0;

    constructor(target, kind) {
      this.#target = target;
      this.#kind = kind;
    }

    next() {
      const pairs = pairsOf(this.#target);
      if (this.#index >= pairs.length) return { value: undefined, done: true };
      const pair = pairs[this.#index++];
      const value = this.#kind === "keys" ? pair[0] : this.#kind === "values" ? pair[1] : [pair[0], pair[1]];
      return { value, done: false };
    }
  }
  delete PairIterator.prototype.constructor;
  Object.setPrototypeOf(PairIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
  makeEnumerable(PairIterator.prototype, []);
  defineProperty(PairIterator.prototype, Symbol.toStringTag, { value: `${name} Iterator`, configurable: true });
  return PairIterator;
}

// `pairsOf(object)` returns the array of [key, value] pairs as it is now, and throws a TypeError for what is no instance.
function iterable(Interface, pairsOf) {
  const PairIterator = makeIteratorClass(Interface.name, pairsOf);
  const context = `${Interface.name}.forEach`;
  const forCallback = `${context}: the callback`;
  const checked = (target, kind) => (pairsOf(target), new PairIterator(target, kind));
  const { prototype } = Interface;
  Object.assign(prototype, {
    entries() {
      return checked(this, "entries");
    },
    keys() {
      return checked(this, "keys");
    },
    values() {
      return checked(this, "values");
    },
    forEach(callback, thisArgument = undefined) {
      pairsOf(this);
      requireArguments(arguments.length, 1, context);
      callbackFunction(callback, forCallback);
      for (let i = 0; i < pairsOf(this).length; i++) {
        const pair = pairsOf(this)[i];
        apply(callback, thisArgument, [pair[1], pair[0], this]);
      }
    },
  });
  defineProperty(prototype, Symbol.iterator, { value: prototype.entries, writable: true, configurable: true });
}

web.webidl = {
  any: (value) => value,
  boolean: (value) => !!value,
  DOMString,
  USVString,
  ByteString,
  object,
  double,
  unrestrictedDouble,
  ENFORCE_RANGE,
  CLAMP,
  octet: integer(8, false),
  unsignedShort: integer(16, false),
  long: integer(32, true),
  unsignedLong: integer(32, false),
  longLong: integer(64, true),
  unsignedLongLong: integer(64, false),
  callbackFunction,
  interfaceType,
  nullable,
  sequence,
  iterated,
  record,
  enumeration,
  dictionary,
  isBufferSource,
  bufferBytes,
  requireArguments,
  define,
  iterable,
  key,
  requireKey,
  isObject,
};
