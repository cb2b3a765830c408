// Response: https://fetch.spec.whatwg.org/#response-class

const { ByteString, USVString, define, dictionary, key, nullable, requireArguments, unsignedShort } = web.webidl;
const { addBody, cloneBody, convertBodyInit, convertInit, extractBody, fillHeaders, getFrom, isHeaderValue } = web.http;
const { isUnusable, newBody, newHeaders, parseUrl } = web.http;
const { stringify } = JSON;

const NULL_BODY_STATUSES = [101, 103, 204, 205, 304];
const REDIRECT_STATUSES = [301, 302, 303, 307, 308];

const convertResponseInit = dictionary("ResponseInit", [
  { key: "headers", convert: convertInit },
  { key: "status", convert: unsignedShort, default: () => 200 },
  { key: "statusText", convert: ByteString, default: () => "" },
]);
const convertBody = nullable(convertBodyInit);

function checkInit(init, context) {
  if (init.status < 200 || init.status > 599) {
    throw new RangeError(`${context}: the status ${init.status} is not between 200 and 599`);
  }
  if (!isReason(init.statusText)) throw new TypeError(`${context}: the status text has a control character`);
  return init;
}

// RFC 9112, "reason-phrase".
function isReason(text) {
  return !/[\0-\x08\n-\x1f\x7f]/.test(text);
}

const NEW_RESPONSE = { type: "default", urls: [], status: 200, statusText: "", body: null, guard: "response" };

function makeResponse(parts) {
  return new Response(key, parts);
}

class Response {
  #state;
  #headers;

  constructor(body = null, init = undefined) {
    if (body === key) {
      this.#setState(init);
      return;
    }
    const content = convertBody(body, "Response constructor: body");
    const converted = convertResponseInit(init, "Response constructor: init");
    this.#initialize(checkInit(converted, "Response constructor: init"), content === null ? null : extractBody(content));
  }

  #setState(parts) {
    this.#state = { ...NEW_RESPONSE, list: [], ...parts };
    this.#headers = newHeaders(this.#state.list, this.#state.guard);
  }

  // Fetch, "initialize a response".
  #initialize(init, content) {
    this.#setState({ status: init.status, statusText: init.statusText });
    if (init.headers !== undefined) fillHeaders(this.#headers, init.headers);
    if (content === null) return;
    if (NULL_BODY_STATUSES.includes(init.status)) throw new TypeError(`Response: the status ${init.status} has no body`);
    this.#state.body = content.body;
    if (content.type !== null && getFrom(this.#state.list, "content-type") === null) {
      fillHeaders(this.#headers, [["Content-Type", content.type]]);
    }
  }

  static error() {
    return makeResponse({ type: "error", status: 0, guard: "immutable" });
  }

  static redirect(url, status = 302) {
    requireArguments(arguments.length, 1, "Response.redirect");
    url = USVString(url, "Response.redirect: url");
    status = unsignedShort(status, "Response.redirect: status");
    const location = parseUrl(url, "Response.redirect").href;
    if (!REDIRECT_STATUSES.includes(status)) {
      throw new RangeError(`Response.redirect: ${status} is no status of a redirect`);
    }
    return makeResponse({ status, list: [{ name: "Location", key: "location", value: location }], guard: "immutable" });
  }

  static json(data, init = undefined) {
    requireArguments(arguments.length, 1, "Response.json");
    const converted = convertResponseInit(init, "Response.json: init");
    const text = stringify(data);
    if (text === undefined) throw new TypeError("Response.json: the value has no JSON");
    const response = makeResponse({});
    response.#initialize(checkInit(converted, "Response.json: init"), { body: newBody(text), type: "application/json" });
    return response;
  }

  get type() {
    return this.#state.type;
  }

  get url() {
    const url = this.#state.urls.at(-1) ?? "";
    const hash = url.indexOf("#");
    return hash === -1 ? url : url.slice(0, hash);
  }

  get redirected() {
    return this.#state.urls.length > 1;
  }

  get status() {
    return this.#state.status;
  }

  get ok() {
    const { status } = this.#state;
    return status >= 200 && status <= 299;
  }

  get statusText() {
    return this.#state.statusText;
  }

  get headers() {
    return this.#headers;
  }

  clone() {
    const state = this.#state;
    if (isUnusable(state.body)) throw new TypeError("Response.clone: the body was read already, or its stream is locked");
    const list = state.list.map((entry) => ({ ...entry }));
    const body = state.body === null ? null : cloneBody(state.body);
    return makeResponse({ ...state, list, body });
  }

  static {
    addBody(this, (response) => response.#state);
  }
}

define(Response);
Object.assign(web.http, { NULL_BODY_STATUSES, REDIRECT_STATUSES, makeResponse });
web.define({ Response });
