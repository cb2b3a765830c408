// Request: https://fetch.spec.whatwg.org/#request-class
//
// There is no document: what says how a browser is to treat a request is kept, and nothing else.

const { ByteString, DOMString, USVString, any, boolean, define, dictionary, enumeration, isObject, nullable } = web.webidl;
const { requireArguments } = web.webidl;
const { addBody, cloneBody, convertBodyInit, convertInit, extractBody, fillHeaders, getFrom, isForbiddenMethod } = web.http;
const { isStream, isToken, isUnusable, newHeaders, parseUrl, takeBody } = web.http;
const { createAbortSignal, createDependentAbortSignal, toAbortSignal } = web;

const NORMALIZED = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);

function normalizeMethod(method) {
  if (!isToken(method)) throw new TypeError(`Request: ${JSON.stringify(method)} is no method`);
  if (isForbiddenMethod(method)) throw new TypeError(`Request: the method ${method} is forbidden`);
  const upper = method.toUpperCase();
  return NORMALIZED.has(upper) ? upper : method;
}

// A request's URL has no credentials.
function parseRequestUrl(text) {
  const url = parseUrl(text, "Request constructor");
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("Request constructor: the URL has a user's name or password");
  }
  return url.href;
}

const enumerated = (key, name, ...values) => ({ key, convert: enumeration(name, values) });
const convertRequestInit = dictionary("RequestInit", [
  { key: "body", convert: nullable(convertBodyInit) },
  enumerated("cache", "RequestCache", "default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"),
  enumerated("credentials", "RequestCredentials", "omit", "same-origin", "include"),
  enumerated("duplex", "RequestDuplex", "half"),
  { key: "headers", convert: convertInit },
  { key: "integrity", convert: DOMString },
  { key: "keepalive", convert: boolean },
  { key: "method", convert: ByteString },
  enumerated("mode", "RequestMode", "navigate", "same-origin", "no-cors", "cors"),
  enumerated("priority", "RequestPriority", "high", "low", "auto"),
  enumerated("redirect", "RequestRedirect", "follow", "error", "manual"),
  { key: "referrer", convert: USVString },
  enumerated(
    "referrerPolicy",
    "ReferrerPolicy",
    "",
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
  ),
  { key: "signal", convert: nullable(toAbortSignal) },
  { key: "window", convert: any },
]);

const NEW_REQUEST = {
  method: "GET",
  referrer: "about:client",
  referrerPolicy: "",
  mode: "cors",
  credentials: "same-origin",
  cache: "default",
  redirect: "follow",
  integrity: "",
  keepalive: false,
};

// There is no page whose origin a referrer could have.
function parseReferrer(text) {
  if (text === "") return "no-referrer";
  const { href } = parseUrl(text, "Request constructor: referrer");
  return href.startsWith("about:") ? "about:client" : href;
}

// The members of `init` that a request has as they are.
function applyInit(state, init) {
  if (init.window !== undefined && init.window !== null) throw new TypeError("Request constructor: window is not null");
  if (init.mode === "navigate") throw new TypeError("Request constructor: the mode navigate is for browsers");
  if (init.referrer !== undefined) state.referrer = parseReferrer(init.referrer);
  for (const key of ["referrerPolicy", "mode", "credentials", "cache", "redirect", "integrity", "keepalive"]) {
    if (init[key] !== undefined) state[key] = init[key];
  }
  if (state.cache === "only-if-cached" && state.mode !== "same-origin") {
    throw new TypeError("Request constructor: only-if-cached wants the mode same-origin");
  }
  if (init.method !== undefined) state.method = normalizeMethod(init.method);
}

// A signal of the request's own, which follows the one that was given.
function followingSignal(signal) {
  return signal === null || signal === undefined ? createAbortSignal() : createDependentAbortSignal([signal]);
}

let isRequest;

class Request {
  #state;
  #headers;
  #signal;

  constructor(input, init = undefined) {
    requireArguments(arguments.length, 1, "Request constructor");
    const from = isRequest(input) ? input : null;
    const text = from === null ? USVString(input, "Request constructor: input") : null;
    init = convertRequestInit(init, "Request constructor: init");
    const state = from === null ? { ...NEW_REQUEST, url: parseRequestUrl(text) } : { ...from.#state };
    const isChanged = Object.keys(init).length > 0;
    if (isChanged) Object.assign(state, { referrer: "about:client", referrerPolicy: "" });
    applyInit(state, init);
    this.#state = state;
    this.#signal = followingSignal(init.signal === undefined ? from?.#signal : init.signal);
    this.#setHeaders(from, init, isChanged);
    this.#setBody(from, init);
  }

  #setHeaders(from, init, isChanged) {
    const state = this.#state;
    if (state.mode === "no-cors" && !["GET", "HEAD", "POST"].includes(state.method)) {
      throw new TypeError(`Request constructor: the mode no-cors has no method ${state.method}`);
    }
    const inherited = from === null ? [] : from.#state.list.map((entry) => ({ ...entry }));
    state.list = isChanged ? [] : inherited;
    this.#headers = newHeaders(state.list, state.mode === "no-cors" ? "request-no-cors" : "request");
    if (isChanged) fillHeaders(this.#headers, init.headers ?? inherited.map(({ name, value }) => [name, value]));
  }

  #setBody(from, init) {
    const state = this.#state;
    const given = init.body ?? null;
    const inherited = from === null ? null : from.#state.body;
    if ((given !== null || inherited !== null) && (state.method === "GET" || state.method === "HEAD")) {
      throw new TypeError(`Request constructor: a ${state.method} has no body`);
    }
    if (given === null) {
      if (isUnusable(inherited)) {
        throw new TypeError("Request constructor: the body of the request was read already, or its stream is locked");
      }
      state.body = inherited === null ? null : takeBody(inherited);
      return;
    }
    if (state.keepalive && isStream(given)) {
      throw new TypeError("Request constructor: a stream is no body of a request with keepalive");
    }
    const { body, type } = extractBody(given);
    if (body.source === null) {
      if (init.duplex === undefined) throw new TypeError('Request constructor: a stream as a body needs duplex: "half"');
      if (state.mode !== "same-origin" && state.mode !== "cors") {
        throw new TypeError(`Request constructor: a stream is no body in the mode ${state.mode}`);
      }
    }
    if (type !== null && getFrom(state.list, "content-type") === null) {
      fillHeaders(this.#headers, [["Content-Type", type]]);
    }
    state.body = body;
  }

  get method() {
    return this.#state.method;
  }

  get url() {
    return this.#state.url;
  }

  get headers() {
    return this.#headers;
  }

  get destination() {
    this.#state; // throws if this is no Request
    return "";
  }

  get referrer() {
    const { referrer } = this.#state;
    return referrer === "no-referrer" ? "" : referrer;
  }

  get referrerPolicy() {
    return this.#state.referrerPolicy;
  }

  get mode() {
    return this.#state.mode;
  }

  get credentials() {
    return this.#state.credentials;
  }

  get cache() {
    return this.#state.cache;
  }

  get redirect() {
    return this.#state.redirect;
  }

  get integrity() {
    return this.#state.integrity;
  }

  get keepalive() {
    return this.#state.keepalive;
  }

  get isReloadNavigation() {
    this.#state;
    return false;
  }

  get isHistoryNavigation() {
    this.#state;
    return false;
  }

  get signal() {
    return this.#signal;
  }

  get duplex() {
    this.#state;
    return "half";
  }

  clone() {
    const state = this.#state;
    if (isUnusable(state.body)) throw new TypeError("Request.clone: the body was read already, or its stream is locked");
    const clone = new Request(state.url);
    clone.#state = { ...state, list: state.list.map((entry) => ({ ...entry })) };
    clone.#state.body = state.body === null ? null : cloneBody(state.body);
    clone.#headers = newHeaders(clone.#state.list, state.mode === "no-cors" ? "request-no-cors" : "request");
    clone.#signal = followingSignal(this.#signal);
    return clone;
  }

  static {
    addBody(this, (request) => request.#state);
    isRequest = (value) => isObject(value) && #state in value;
    web.http.requestOf = (request) => ({ ...request.#state, signal: request.#signal });
  }
}

define(Request);
web.define({ Request });
