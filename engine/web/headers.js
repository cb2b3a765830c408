// Headers: https://fetch.spec.whatwg.org/#headers-class
//
// A header list is an array of `{ name, key, value }`, where `key` is the name in lower case. What the other scripts about
// HTTP share is in `web.http`.

const { ByteString, callbackFunction, define, isObject, iterable, record, requireArguments, sequence } = web.webidl;

const isTokenCode = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  isTokenCode[character.charCodeAt(0)] = 1;
}

// RFC 9110, "token".
function isToken(text) {
  for (let i = 0; i < text.length; i++) {
    if (isTokenCode[text.charCodeAt(i)] !== 1) return false;
  }
  return text.length > 0;
}

const isWhitespaceCode = (code) => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

// Fetch, "normalize" a header value: without HTTP whitespace around it.
function normalize(value) {
  let start = 0;
  let end = value.length;
  while (start < end && isWhitespaceCode(value.charCodeAt(start))) start++;
  while (end > start && isWhitespaceCode(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isHeaderValue(value) {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code === 0x0a || code === 0x0d) return false;
  }
  return true;
}

// ---- what the guards hold back

const FORBIDDEN = new Set([
  "accept-charset",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "connection",
  "content-length",
  "cookie",
  "cookie2",
  "date",
  "dnt",
  "expect",
  "host",
  "keep-alive",
  "origin",
  "referer",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);
const METHOD_OVERRIDES = new Set(["x-http-method", "x-http-method-override", "x-method-override"]);
const FORBIDDEN_METHODS = new Set(["connect", "trace", "track"]);
const FORBIDDEN_IN_RESPONSES = new Set(["set-cookie", "set-cookie2"]);
const SAFELISTED = new Set(["accept", "accept-language", "content-language", "content-type"]);
const SAFE_TYPES = new Set(["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]);

// Fetch, "forbidden request-header".
function isForbidden(key, value) {
  if (FORBIDDEN.has(key) || key.startsWith("proxy-") || key.startsWith("sec-")) return true;
  const methods = () => value.split(",").map((method) => normalize(method).toLowerCase());
  return METHOD_OVERRIDES.has(key) && methods().some((method) => FORBIDDEN_METHODS.has(method));
}

// Fetch, "no-CORS-safelisted request-header".
function isSafelisted(key, value) {
  if (!SAFELISTED.has(key) || value.length > 128) return false;
  if (key === "accept-language" || key === "content-language") return /^[-0-9A-Za-z *,.;=]*$/.test(value);
  if (/[\0-\x08\n-\x1f"():<>?@[\\\]{}\x7f]/.test(value)) return false;
  return key === "accept" || SAFE_TYPES.has(web.http.parseMimeType(value)?.essence);
}

// ---- header lists

function appendTo(list, name, value) {
  const key = name.toLowerCase();
  const same = list.find((entry) => entry.key === key);
  list.push({ name: same === undefined ? name : same.name, key, value });
}

function deleteFrom(list, key) {
  let kept = 0;
  for (const entry of list) {
    if (entry.key !== key) list[kept++] = entry;
  }
  list.length = kept;
}

function setIn(list, name, value) {
  const key = name.toLowerCase();
  const first = list.findIndex((entry) => entry.key === key);
  if (first === -1) {
    list.push({ name, key, value });
    return;
  }
  const entry = { name: list[first].name, key, value };
  const others = list.filter((other, i) => i > first && other.key !== key);
  list.splice(first, list.length, entry, ...others);
}

// Fetch, "get": the values, combined; null where there is none.
function getFrom(list, key) {
  let combined = null;
  for (const entry of list) {
    if (entry.key === key) combined = combined === null ? entry.value : `${combined}, ${entry.value}`;
  }
  return combined;
}

// Fetch, "sort and combine": pairs of a name in lower case and a value. Set-Cookie is never combined.
function sortAndCombine(list) {
  const pairs = [];
  const places = new Map();
  for (const { key, value } of list) {
    const place = places.get(key);
    if (place === undefined || key === "set-cookie") {
      places.set(key, pairs.length);
      pairs.push([key, value]);
    } else {
      pairs[place][1] += `, ${value}`;
    }
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

// ---- the class

const convertSequence = sequence(sequence(ByteString));
const convertRecord = record(ByteString, ByteString);

// HeadersInit: an array of pairs.
function convertInit(init, context) {
  if (!isObject(init)) throw new TypeError(`${context} is not an object`);
  const method = init[Symbol.iterator];
  if (method === undefined || method === null) return convertRecord(init, context);
  callbackFunction(method, `${context}: its iterator method`);
  const pairs = convertSequence(init, context);
  if (pairs.some((pair) => pair.length !== 2)) throw new TypeError(`${context} has an item that is not a pair`);
  return pairs;
}

class Headers {
  #list = [];
  #guard = "none";
  #pairs = null;

  constructor(init = undefined) {
    if (init !== undefined) this.#fill(convertInit(init, "Headers constructor: init"));
  }

  append(name, value) {
    this.#require(arguments, 2, "append");
    this.#append(ByteString(name, "Headers.append: name"), ByteString(value, "Headers.append: value"));
  }

  delete(name) {
    this.#require(arguments, 1, "delete");
    name = ByteString(name, "Headers.delete: name");
    if (!this.#isChangeable(name, "")) return;
    const key = name.toLowerCase();
    if (this.#guard === "request-no-cors" && !SAFELISTED.has(key) && key !== "range") return;
    deleteFrom(this.#list, key);
    this.#noteChange();
  }

  get(name) {
    this.#require(arguments, 1, "get");
    return getFrom(this.#list, this.#key(name, "get"));
  }

  getSetCookie() {
    return this.#list.filter((entry) => entry.key === "set-cookie").map((entry) => entry.value);
  }

  has(name) {
    this.#require(arguments, 1, "has");
    const key = this.#key(name, "has");
    return this.#list.some((entry) => entry.key === key);
  }

  set(name, value) {
    this.#require(arguments, 2, "set");
    name = ByteString(name, "Headers.set: name");
    value = normalize(ByteString(value, "Headers.set: value"));
    if (!this.#isChangeable(name, value)) return;
    if (this.#guard === "request-no-cors" && !isSafelisted(name.toLowerCase(), value)) return;
    setIn(this.#list, name, value);
    this.#noteChange();
  }

  #require(given, count, operation) {
    this.#list; // throws if this is no Headers, before anything is said about the arguments
    requireArguments(given.length, count, `Headers.${operation}`);
  }

  #key(name, operation) {
    name = ByteString(name, `Headers.${operation}: name`);
    if (!isToken(name)) throw new TypeError(`Headers.${operation}: ${JSON.stringify(name)} is no name of a header`);
    return name.toLowerCase();
  }

  #fill(pairs) {
    for (const [name, value] of pairs) this.#append(name, value);
  }

  #append(name, value) {
    value = normalize(value);
    if (!this.#isChangeable(name, value)) return;
    if (this.#guard === "request-no-cors") {
      const key = name.toLowerCase();
      const before = getFrom(this.#list, key);
      if (!isSafelisted(key, before === null ? value : `${before}, ${value}`)) return;
    }
    appendTo(this.#list, name, value);
    this.#noteChange();
  }

  // Fetch, "validate": false where the change is to be ignored.
  #isChangeable(name, value) {
    if (!isToken(name)) throw new TypeError(`Headers: ${JSON.stringify(name)} is no name of a header`);
    if (!isHeaderValue(value)) throw new TypeError(`Headers: the value of ${name} has a null, or the end of a line`);
    if (this.#guard === "immutable") throw new TypeError("Headers: these cannot be changed");
    if (this.#guard === "request") return !isForbidden(name.toLowerCase(), value);
    return this.#guard !== "response" || !FORBIDDEN_IN_RESPONSES.has(name.toLowerCase());
  }

  #noteChange() {
    if (this.#guard === "request-no-cors") deleteFrom(this.#list, "range");
    this.#pairs = null;
  }

  static {
    iterable(this, (headers) => (headers.#pairs ??= sortAndCombine(headers.#list)));
    web.http = {
      __proto__: null,
      // Headers over a list that is somebody else's, too.
      newHeaders(list, guard) {
        const headers = new Headers();
        headers.#list = list;
        headers.#guard = guard;
        return headers;
      },
      listOf: (headers) => headers.#list,
      fillHeaders: (headers, pairs) => headers.#fill(pairs),
    };
  }
}

define(Headers);
Object.assign(web.http, {
  appendTo,
  convertInit,
  deleteFrom,
  getFrom,
  isForbiddenMethod: (method) => FORBIDDEN_METHODS.has(method.toLowerCase()),
  isHeaderValue,
  isToken,
  normalize,
  setIn,
});
web.define({ Headers });
