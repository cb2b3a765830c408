// Crypto, and the global `crypto`: https://w3c.github.io/webcrypto/#crypto-interface

const { bufferSource, bytesOf, failure, nameOfTypedArray, sizeOfTypedArray, subtle, writeBytes } = web.crypto;
const { define, key: making, requireArguments, requireKey } = web.webidl;
const { call } = web;
const { drawRandomness } = web.native;
const { defineProperty } = Object;
const { isView } = ArrayBuffer;
const MOST_BYTES = 65536;

const INTEGER_ARRAYS = {
  __proto__: null, Int8Array: 0, Uint8Array: 0, Uint8ClampedArray: 0, Int16Array: 0, Uint16Array: 0, Int32Array: 0, Uint32Array: 0,
  BigInt64Array: 0, BigUint64Array: 0,
};

const randomBytes = (size) => call("<crypto>", size, drawRandomness() ?? null);

const HEX = [];
for (let byte = 0; byte < 256; byte++) {
  HEX[byte] = (byte + 256).toString(16).slice(1);
}

// https://w3c.github.io/webcrypto/#dfn-generate-a-random-uuid
function uuid(bytes) {
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  let text = "";
  for (let i = 0; i < 16; i++) {
    text += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + HEX[bytes[i]];
  }
  return text;
}

class Crypto {
  #brand;

  constructor() {
    requireKey(arguments[0]);
  }

  get subtle() {
    this.#brand;
    return subtle;
  }

  getRandomValues(array) {
    this.#brand;
    requireArguments(arguments.length, 1, "Crypto.getRandomValues");
    if (!isView(array)) {
      throw new TypeError("getRandomValues takes a typed array");
    }
    bufferSource(array, "array");
    if (!((nameOfTypedArray(array) ?? "DataView") in INTEGER_ARRAYS)) {
      throw failure("TypeMismatchError", "getRandomValues takes a typed array of integers");
    }
    const bytes = bytesOf(array);
    const size = sizeOfTypedArray(bytes);
    if (size > MOST_BYTES) {
      throw failure("QuotaExceededError", `getRandomValues fills at most ${MOST_BYTES} bytes at once, not ${size}`);
    }
    writeBytes(bytes, randomBytes(size));
    return array;
  }

  randomUUID() {
    this.#brand;
    return uuid(randomBytes(16));
  }
}

define(Crypto);

const crypto = new Crypto(making);
const { get } = Object.getOwnPropertyDescriptor({ get crypto() { return crypto; } }, "crypto");
defineProperty(globalThis, "crypto", { get, set: undefined, enumerable: true, configurable: true });
web.define({ Crypto });
