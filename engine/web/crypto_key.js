// CryptoKey: https://w3c.github.io/webcrypto/#cryptokey-interface
//
// The slots hold what the host says of a key. `material` is its bytes; of a secret or private key that is not extractable, it is what the host
// has lent in its place, so that no program and no snapshot has the bytes.

const { define, key: making, requireKey } = web.webidl;
const { copyBytes, failure, setOwn } = web.crypto;
const { setPrototypeOf } = Object;

function shownAlgorithm(algorithm) {
  const shown = {};
  for (const name in algorithm) {
    const value = algorithm[name];
    if (name === "hash") {
      const hash = {};
      setOwn(hash, "name", value);
      setOwn(shown, name, hash);
    } else {
      setOwn(shown, name, name === "publicExponent" ? copyBytes(value) : value);
    }
  }
  return shown;
}

function shownUsages(usages) {
  const shown = [];
  for (let i = 0; i < usages.length; i++) {
    setOwn(shown, i, usages[i]);
  }
  return shown;
}

let slotsOf;

class CryptoKey {
  #slots;
  #algorithm;
  #usages;

  constructor() {
    requireKey(arguments[0]);
    this.#slots = arguments[1];
  }

  static {
    slotsOf = (value) =>
      (typeof value === "object" || typeof value === "function") && value !== null && #slots in value ? value.#slots : undefined;
  }

  get type() {
    return this.#slots.type;
  }

  get extractable() {
    return this.#slots.extractable;
  }

  get algorithm() {
    return (this.#algorithm ??= shownAlgorithm(this.#slots.algorithm));
  }

  get usages() {
    return (this.#usages ??= shownUsages(this.#slots.usages));
  }
}

define(CryptoKey);

// A key of what the host says.
function makeKey(description) {
  setPrototypeOf(description, null);
  setPrototypeOf(description.algorithm, null);
  return new CryptoKey(making, description);
}

// What a CryptoKey consists of. TypeError.
function slotsOfKey(value, name) {
  const slots = slotsOf(value);
  if (slots === undefined) {
    throw new TypeError(`${name} must be a CryptoKey`);
  }
  return slots;
}

function hasUsage(slots, usage) {
  const { usages } = slots;
  for (let i = 0; i < usages.length; i++) {
    if (usages[i] === usage) {
      return true;
    }
  }
  return false;
}

// The slots never change, so copies of a key share them. https://w3c.github.io/webcrypto/#cryptokey-interface-clone
web.serializers.set(CryptoKey, {
  serialize(value) {
    const slots = slotsOf(value);
    if (slots === undefined) {
      throw failure("DataCloneError", "the object is no CryptoKey");
    }
    return slots;
  },
  deserialize: (slots) => new CryptoKey(making, slots),
});

web.crypto.makeKey = makeKey;
web.crypto.slotsOfKey = slotsOfKey;
web.crypto.hasUsage = hasUsage;
web.define({ CryptoKey });
