// SubtleCrypto: https://w3c.github.io/webcrypto/#subtlecrypto-interface
//
// Here arguments are converted and copied, at once, and the usages of keys are checked; everything else is done by the host, which answers a
// pending call. Each method is an async function, so what it throws rejects its promise.

const {
  algorithmIdentifier, bufferOfTypedArray, bufferSource, copyBytes, failure, findAlgorithm, hasUsage, makeKey, normalize, setOwn, slotsOfKey,
  unknownAlgorithm,
} = web.crypto;
const {
  DOMString, define, enumeration, isBufferSource, isObject, key: making, nullable, requireArguments, requireKey, sequence, unsignedLong,
} = web.webidl;
const { request } = web;
const { drawRandomness } = web.native;
const { defineProperty } = Object;
const PromiseConstructor = Promise;

const keyFormat = enumeration("KeyFormat", ["raw", "spki", "pkcs8", "jwk"]);
const keyUsages = sequence(
  enumeration("KeyUsage", ["encrypt", "decrypt", "sign", "verify", "deriveKey", "deriveBits", "wrapKey", "unwrapKey"]),
);
const strings = sequence(DOMString);
const others = sequence(() => null);
const bitLength = nullable(unsignedLong);

// What the host makes this operation's random bytes of; null: of its own entropy.
const draw = () => drawRandomness() ?? null;

// ---- asking the host

// A promise that `await` does not ask for its constructor, which a program may have changed. Only such are awaited here, and none is
// returned from an async function, which would call its `then`.
function authentic(promise) {
  return defineProperty(promise, "constructor", { __proto__: null, value: PromiseConstructor });
}

async function answerTo(operation, details) {
  const answer = await authentic(request("<crypto>", operation, details));
  if (answer[0] !== null) {
    throw failure(answer[0], answer[1]);
  }
  return answer[1];
}

// A promise of what the host answers to an operation; rejected with its refusal.
const ask = (operation, details) => authentic(answerTo(operation, details));

// The key's slots, if it is of the algorithm and can be used so. InvalidAccessError.
function usable(key, algorithm, usage) {
  if (algorithm.name !== key.algorithm.name) {
    throw failure("InvalidAccessError", `the key is one of ${key.algorithm.name}, not of ${algorithm.name}`);
  }
  if (!hasUsage(key, usage)) {
    throw failure("InvalidAccessError", `the key cannot be used for ${usage}`);
  }
  return key;
}

// ---- JSON Web Keys, dictionaries of Web IDL

const JWK_STRINGS = ["kty", "use", "alg", "crv", "x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi", "k"];

function jsonWebKey(source) {
  const jwk = { __proto__: null };
  for (let i = 0; i < JWK_STRINGS.length; i++) {
    const value = source[JWK_STRINGS[i]];
    if (value !== undefined) {
      jwk[JWK_STRINGS[i]] = DOMString(value, JWK_STRINGS[i]);
    }
  }
  const { key_ops: operations, ext, oth } = source;
  if (operations !== undefined) {
    jwk.key_ops = strings(operations, "key_ops");
  }
  if (ext !== undefined) {
    jwk.ext = !!ext;
  }
  if (oth !== undefined) {
    jwk.oth = others(oth, "oth");
  }
  return jwk;
}

// (BufferSource or JsonWebKey): a buffer is looked at when it is copied.
function keyDataOf(value) {
  if (isBufferSource(value)) {
    return bufferSource(value, "keyData");
  }
  if (value !== undefined && value !== null && !isObject(value)) {
    throw new TypeError("keyData must be an ArrayBuffer, a view of one or a JSON Web Key");
  }
  return jsonWebKey(value ?? { __proto__: null });
}

// What of it the host imports. TypeError.
function checkedKeyData(format, data) {
  if (isBufferSource(data) === (format === "jwk")) {
    throw new TypeError(`keyData for the format '${format}' must be ${format === "jwk" ? "a JSON Web Key" : "a buffer"}`);
  }
  return format === "jwk" ? data : copyBytes(data);
}

// ---- what several methods do

// What encrypt and decrypt ask.
function cipher(operation, identifier, keyArgument, dataArgument) {
  const named = algorithmIdentifier(identifier);
  const key = slotsOfKey(keyArgument, "key");
  const source = bufferSource(dataArgument, "data");
  const algorithm = normalize(operation, named);
  const data = copyBytes(source);
  return { __proto__: null, algorithm, key: usable(key, algorithm, operation), data };
}

// The algorithm that wraps, or else that encrypts; likewise unwraps.
function normalizeWrapping(wrapping, encrypting, identifier) {
  const found = findAlgorithm(wrapping, identifier) ?? findAlgorithm(encrypting, identifier);
  if (found === undefined) {
    throw unknownAlgorithm(wrapping);
  }
  return found;
}

// The key's slots, if its material may be told. NotSupportedError or InvalidAccessError.
function exportable(key) {
  const { name } = key.algorithm;
  if (name === "HKDF" || name === "PBKDF2") {
    throw failure("NotSupportedError", `a key of ${name} cannot be exported`);
  }
  if (!key.extractable) {
    throw failure("InvalidAccessError", "the key is not extractable");
  }
  return key;
}

// A CryptoKey, or a CryptoKeyPair, of what the host has generated.
function keysOf(made) {
  if (made.length === 1) {
    return makeKey(made[0]);
  }
  const pair = {};
  setOwn(pair, "publicKey", makeKey(made[0]));
  setOwn(pair, "privateKey", makeKey(made[1]));
  return pair;
}

// ---- the interface

class SubtleCrypto {
  #brand;

  constructor() {
    requireKey(arguments[0]);
  }

  async encrypt(algorithm, key, data) {
    this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.encrypt");
    return bufferOfTypedArray(await ask("encrypt", cipher("encrypt", algorithm, key, data)));
  }

  async decrypt(algorithm, key, data) {
    this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.decrypt");
    return bufferOfTypedArray(await ask("decrypt", cipher("decrypt", algorithm, key, data)));
  }

  async sign(algorithm, key, data) {
    this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.sign");
    const named = algorithmIdentifier(algorithm);
    const slots = slotsOfKey(key, "key");
    const source = bufferSource(data, "data");
    const normalized = normalize("sign", named);
    const copy = copyBytes(source);
    return bufferOfTypedArray(await ask("sign", {
      __proto__: null, algorithm: normalized, key: usable(slots, normalized, "sign"), data: copy, draw: draw(),
    }));
  }

  async verify(algorithm, key, signature, data) {
    this.#brand;
    requireArguments(arguments.length, 4, "SubtleCrypto.verify");
    const named = algorithmIdentifier(algorithm);
    const slots = slotsOfKey(key, "key");
    const signed = bufferSource(signature, "signature");
    const source = bufferSource(data, "data");
    const normalized = normalize("verify", named);
    const signatureCopy = copyBytes(signed);
    const copy = copyBytes(source);
    return await ask("verify", {
      __proto__: null, algorithm: normalized, key: usable(slots, normalized, "verify"), signature: signatureCopy, data: copy,
    });
  }

  async digest(algorithm, data) {
    this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.digest");
    const named = algorithmIdentifier(algorithm);
    const source = bufferSource(data, "data");
    const normalized = normalize("digest", named);
    return bufferOfTypedArray(await ask("digest", { __proto__: null, algorithm: normalized, data: copyBytes(source) }));
  }

  async generateKey(algorithm, extractable, usages) {
    this.#brand;
    requireArguments(arguments.length, 3, "SubtleCrypto.generateKey");
    const named = algorithmIdentifier(algorithm);
    const wanted = keyUsages(usages, "keyUsages");
    return keysOf(await ask("generateKey", {
      __proto__: null, algorithm: normalize("generateKey", named), extractable: !!extractable, usages: wanted, draw: draw(),
    }));
  }

  async deriveKey(algorithm, baseKey, derivedKeyType, extractable, usages) {
    this.#brand;
    requireArguments(arguments.length, 5, "SubtleCrypto.deriveKey");
    const named = algorithmIdentifier(algorithm);
    const slots = slotsOfKey(baseKey, "baseKey");
    const derived = algorithmIdentifier(derivedKeyType);
    const wanted = keyUsages(usages, "keyUsages");
    const normalized = normalize("deriveBits", named);
    const imported = normalize("importKey", derived);
    const measured = normalize("get key length", derived);
    return makeKey(await ask("deriveKey", {
      __proto__: null, algorithm: normalized, key: usable(slots, normalized, "deriveKey"), imported, measured,
      extractable: !!extractable, usages: wanted,
    }));
  }

  async deriveBits(algorithm, baseKey, length = null) {
    this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.deriveBits");
    const named = algorithmIdentifier(algorithm);
    const slots = slotsOfKey(baseKey, "baseKey");
    const bits = bitLength(length, "length");
    const normalized = normalize("deriveBits", named);
    return bufferOfTypedArray(await ask("deriveBits", {
      __proto__: null, algorithm: normalized, key: usable(slots, normalized, "deriveBits"), length: bits,
    }));
  }

  async importKey(format, keyData, algorithm, extractable, usages) {
    this.#brand;
    requireArguments(arguments.length, 5, "SubtleCrypto.importKey");
    const checkedFormat = keyFormat(format, "format");
    const source = keyDataOf(keyData);
    const named = algorithmIdentifier(algorithm);
    const wanted = keyUsages(usages, "keyUsages");
    const normalized = normalize("importKey", named);
    return makeKey(await ask("importKey", {
      __proto__: null, format: checkedFormat, data: checkedKeyData(checkedFormat, source), algorithm: normalized,
      extractable: !!extractable, usages: wanted,
    }));
  }

  async exportKey(format, key) {
    this.#brand;
    requireArguments(arguments.length, 2, "SubtleCrypto.exportKey");
    const checkedFormat = keyFormat(format, "format");
    const slots = exportable(slotsOfKey(key, "key"));
    const data = await ask("exportKey", { __proto__: null, format: checkedFormat, key: slots, algorithm: slots.algorithm });
    return checkedFormat === "jwk" ? data : bufferOfTypedArray(data);
  }

  async wrapKey(format, key, wrappingKey, wrapAlgorithm) {
    this.#brand;
    requireArguments(arguments.length, 4, "SubtleCrypto.wrapKey");
    const checkedFormat = keyFormat(format, "format");
    const slots = slotsOfKey(key, "key");
    const wrapping = slotsOfKey(wrappingKey, "wrappingKey");
    const algorithm = normalizeWrapping("wrapKey", "encrypt", algorithmIdentifier(wrapAlgorithm));
    usable(wrapping, algorithm, "wrapKey");
    return bufferOfTypedArray(await ask("wrapKey", {
      __proto__: null, format: checkedFormat, key: exportable(slots), wrapping, algorithm,
    }));
  }

  async unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, unwrappedKeyAlgorithm, extractable, usages) {
    this.#brand;
    requireArguments(arguments.length, 7, "SubtleCrypto.unwrapKey");
    const checkedFormat = keyFormat(format, "format");
    const source = bufferSource(wrappedKey, "wrappedKey");
    const unwrapping = slotsOfKey(unwrappingKey, "unwrappingKey");
    const named = algorithmIdentifier(unwrapAlgorithm);
    const namedKey = algorithmIdentifier(unwrappedKeyAlgorithm);
    const wanted = keyUsages(usages, "keyUsages");
    const algorithm = normalizeWrapping("unwrapKey", "decrypt", named);
    const imported = normalize("importKey", namedKey);
    const data = copyBytes(source);
    return makeKey(await ask("unwrapKey", {
      __proto__: null, format: checkedFormat, data, unwrapping: usable(unwrapping, algorithm, "unwrapKey"), algorithm, imported,
      extractable: !!extractable, usages: wanted,
    }));
  }
}

define(SubtleCrypto);
web.crypto.subtle = new SubtleCrypto(making);
web.define({ SubtleCrypto });
