// Algorithms by their names, and their parameters: https://w3c.github.io/webcrypto/#algorithm-normalization

const { DOMString, isObject, ...webidl } = web.webidl;
const { bigInteger, bufferSource, copyBytes, failure } = web.crypto;
const { apply } = Reflect;
const { toUpperCase } = String.prototype;

const octet = (value, name) => webidl.octet(value, name, webidl.ENFORCE_RANGE);
const unsignedShort = (value, name) => webidl.unsignedShort(value, name, webidl.ENFORCE_RANGE);
const unsignedLong = (value, name) => webidl.unsignedLong(value, name, webidl.ENFORCE_RANGE);
const bytes = (value, name) => copyBytes(bufferSource(value, name));
const hash = (value) => normalize("digest", algorithmIdentifier(value)).name;
const publicKey = (value, name) => web.crypto.slotsOfKey(value, name);

// The members of a dictionary in the order in which they are converted: name, conversion, whether it is required.
const dictionary = (...members) => members;
const NOTHING = dictionary();
const AES_LENGTH = dictionary(["length", unsignedShort, true]);
const AES_BLOCK = dictionary(["iv", bytes, true]);
const AES_COUNTER = dictionary(["counter", bytes, true], ["length", octet, true]);
const AES_GALOIS = dictionary(["additionalData", bytes, false], ["iv", bytes, true], ["tagLength", octet, false]);
const CONTEXT = dictionary(["context", bytes, false]);
const CURVE = dictionary(["namedCurve", DOMString, true]);
const HASH = dictionary(["hash", hash, true]);
const HMAC = dictionary(["hash", hash, true], ["length", unsignedLong, false]);
const LABEL = dictionary(["label", bytes, false]);
const PEER = dictionary(["public", publicKey, true]);
const RSA = dictionary(
  ["modulusLength", unsignedLong, true],
  ["publicExponent", bigInteger, true],
  ["hash", hash, true],
);
const SALT_LENGTH = dictionary(["saltLength", unsignedLong, true]);
const HKDF = dictionary(["hash", hash, true], ["info", bytes, true], ["salt", bytes, true]);
const PBKDF2 = dictionary(["hash", hash, true], ["iterations", unsignedLong, true], ["salt", bytes, true]);

const ciphers = { "RSA-OAEP": LABEL, "AES-CTR": AES_COUNTER, "AES-CBC": AES_BLOCK, "AES-GCM": AES_GALOIS };
const signatures = {
  "RSASSA-PKCS1-v1_5": NOTHING, "RSA-PSS": SALT_LENGTH, ECDSA: HASH, Ed25519: NOTHING, Ed448: CONTEXT, HMAC: NOTHING,
};
const pairs = (rsa) => ({
  "RSASSA-PKCS1-v1_5": rsa, "RSA-PSS": rsa, "RSA-OAEP": rsa, ECDSA: CURVE, ECDH: CURVE, Ed25519: NOTHING, Ed448: NOTHING,
  X25519: NOTHING, X448: NOTHING,
});
const aes = (parameters) => ({
  "AES-CTR": parameters, "AES-CBC": parameters, "AES-GCM": parameters, "AES-KW": parameters,
});

// By operation and by name, in upper case, the name as it is written and its parameters.
const REGISTRY = { __proto__: null };
function register(operation, ...groups) {
  const known = (REGISTRY[operation] = { __proto__: null });
  for (const group of groups) {
    for (const name in group) {
      known[name.toUpperCase()] = { name, members: group[name] };
    }
  }
}
register("digest", { "SHA-1": NOTHING, "SHA-256": NOTHING, "SHA-384": NOTHING, "SHA-512": NOTHING });
register("encrypt", ciphers);
register("decrypt", ciphers);
register("sign", signatures);
register("verify", signatures);
register("deriveBits", { ECDH: PEER, X25519: PEER, X448: PEER, HKDF, PBKDF2 });
register("wrapKey", { "AES-KW": NOTHING });
register("unwrapKey", { "AES-KW": NOTHING });
register("generateKey", pairs(RSA), aes(AES_LENGTH), { HMAC });
register("importKey", pairs(HASH), aes(NOTHING), { HMAC, HKDF: NOTHING, PBKDF2: NOTHING });
register("get key length", aes(AES_LENGTH), { HMAC, HKDF: NOTHING, PBKDF2: NOTHING });

// AlgorithmIdentifier: an object, or a string, which is converted at once.
function algorithmIdentifier(value) {
  return isObject(value) ? value : DOMString(value, "algorithm");
}

function readMember(source, member, result) {
  const name = member[0];
  const convert = member[1];
  const isRequired = member[2];
  const value = source[name];
  if (value !== undefined) {
    result[name] = convert(value, name);
  } else if (isRequired) {
    throw new TypeError(`the algorithm needs the member '${name}'`);
  }
}

// The name and the parameters of an algorithm, in an object that no program has: buffers are copied, a hash is its name, a key what it
// consists of. TypeError or NotSupportedError.
function normalize(operation, identifier) {
  const known = find(operation, identifier);
  if (known === undefined) {
    throw unknown(operation);
  }
  return known;
}

// As normalize; undefined, where no algorithm has this name.
function find(operation, identifier) {
  const source = isObject(identifier) ? identifier : { __proto__: null, name: identifier };
  const given = source.name;
  if (given === undefined) {
    throw new TypeError("the algorithm needs the member 'name'");
  }
  const entry = REGISTRY[operation][apply(toUpperCase, DOMString(given, "name"), [])];
  if (entry === undefined) {
    return undefined;
  }
  const result = { __proto__: null, name: entry.name };
  for (let i = 0; i < entry.members.length; i++) {
    readMember(source, entry.members[i], result);
  }
  return result;
}

const unknown = (operation) => failure("NotSupportedError", `no algorithm of this name is supported for '${operation}'`);

web.crypto.algorithmIdentifier = algorithmIdentifier;
web.crypto.normalize = normalize;
web.crypto.findAlgorithm = find;
web.crypto.unknownAlgorithm = unknown;
