// fetch(): https://fetch.spec.whatwg.org/#fetch-method
//
// The host sends one request at a time, and decides about each by its policy; redirects are followed here. This is what its
// service "<fetch>" is asked. `id` is a text that no other request of this VM has.
//
//   call "begin", id, method, url     whether this may be sent: null, or a failure. What is started without was pending when the
//                                     VM was saved
//   call "cancel", id                 nobody wants the rest
//   call "forget", id                 … and what was asked about it is answered, or never was asked
//   request "start", id, method, url, headers, body, hops, integrity
//                                     body: a text, bytes, null, or true for one that is written.
//                                     { status, reason, headers, body, ended }, or a failure
//   request "write", id, bytes        null for the end. Whether more is wanted, or a failure
//   request "read", id                bytes, null at the end, or a failure
//
// A failure is { error, kind }, where kind is the name of a DOMException, or empty.

const { requireArguments } = web.webidl;
const { NULL_BODY_STATUSES, REDIRECT_STATUSES, deleteFrom, getFrom, getReader, isUint8Array, makeResponse } = web.http;
const { cancelReader, newBody, read, requestOf, streamOf, uncurry } = web.http;
const { addAbortAlgorithm, removeAbortAlgorithm, isAborted, abortReason } = web;
const { DOMException, FinalizationRegistry, Promise, ReadableByteStreamController, ReadableStream } = globalThis;
const { Request, URL, WeakRef } = globalThis;
const { call, request: requestOfHost } = web; // made now, and not by the first program that fetches
const { floor, random } = Math;
const then = uncurry(Promise.prototype.then);
const enqueue = uncurry(ReadableByteStreamController.prototype.enqueue);
const close = uncurry(ReadableByteStreamController.prototype.close);
const fail = uncurry(ReadableByteStreamController.prototype.error);
const cancelStream = uncurry(ReadableStream.prototype.cancel);
const nothing = () => {};
const MOST_REDIRECTS = 20;

// ---- the host

// A realm counts for itself, and goes on counting after a restore.
let realm = "";
let count = 0;
function newId() {
  realm ||= floor(random() * 2 ** 52).toString(36);
  return `${realm}-${++count}`;
}

function checked(answer) {
  if (answer === null || typeof answer !== "object" || answer.error === undefined) return answer;
  const { error, kind } = answer;
  throw new TypeError(`fetch: ${error}`, kind === "" ? undefined : { cause: new DOMException(error, kind) });
}

async function ask(...parts) {
  return checked(await requestOfHost("<fetch>", ...parts));
}

// A VM may be restored without a policy, and then there is nobody to tell.
function tell(operation, id) {
  try {
    call("<fetch>", operation, id);
  } catch {}
}

const tellCancelled = (id) => tell("cancel", id);

// ---- one fetch

// What an abort has to end.
class Exchange {
  id = null; // of the request that is on its way
  upload = null; // the reader of the request's stream
  body = null; // a WeakRef of a response's body that has arrived
  controller = null; // of the stream of one that has not
  isAborted = false;

  constructor(signal, reject) {
    this.signal = signal;
    this.reject = reject;
    this.algorithm = () => this.abort(abortReason(signal));
    addAbortAlgorithm(signal, this.algorithm);
  }

  abort(reason) {
    this.isAborted = true;
    if (this.id !== null) tellCancelled(this.id);
    this.reject(reason);
    if (this.controller !== null) fail(this.controller, reason);
    if (this.upload !== null) then(cancelReader(this.upload, reason), nothing, nothing);
    const body = this.body?.deref();
    if (body !== undefined && body.stream === null && !body.used) {
      body.source = null;
      body.stream = new ReadableStream({ type: "bytes", start: (controller) => fail(controller, reason) });
    }
  }

  end() {
    removeAbortAlgorithm(this.signal, this.algorithm);
  }
}

// What nobody can read any more needs no signal, and no connection.
const forgotten = new FinalizationRegistry(({ exchange, id }) => {
  if (exchange !== undefined) exchange.end();
  else tellCancelled(id);
});

// What is sent in every hop: a text, bytes, null; true for a stream.
function contentOf({ body }) {
  return body === null ? null : (body.source ?? true);
}

async function upload(exchange, id, stream) {
  const reader = (exchange.upload = getReader(stream));
  try {
    for (let isWanted = true; isWanted; ) {
      const { value, done } = await read(reader);
      if (exchange.isAborted) return;
      if (!done && !isUint8Array(value)) throw new TypeError("fetch: the body's stream has a chunk that is no Uint8Array");
      isWanted = (await ask("write", id, done ? null : value)) && !done;
      if (done) return;
    }
    await cancelReader(reader);
  } catch (error) {
    tellCancelled(id);
    exchange.reject(error);
    then(cancelReader(reader, error), nothing, nothing);
  }
}

async function send(exchange, request, content, hops) {
  const { method, url, list, integrity } = request;
  const id = newId();
  let refusal;
  try {
    refusal = call("<fetch>", "begin", id, method, url);
  } catch {
    throw new TypeError("fetch: this VM was given no policy when it was restored");
  }
  checked(refusal);
  exchange.id = id; // of which the host knows from here on
  const headers = list.map(({ name, value }) => [name, value]);
  const answer = ask("start", id, method, url, headers, content, hops, integrity);
  if (content === true) upload(exchange, id, streamOf(request.body));
  const head = await answer;
  return { ...head, list: head.headers.map(([name, value]) => ({ name, key: name.toLowerCase(), value })) };
}

// ---- redirects

// Fetch, "HTTP-redirect fetch": where to, or null if this is no redirect to follow.
function nextUrl(request, { status, list }) {
  const location = REDIRECT_STATUSES.includes(status) ? getFrom(list, "location") : null;
  if (location === null || request.redirect === "manual") return null;
  if (request.redirect === "error") throw new TypeError(`fetch: ${request.url} redirects, which the request does not want`);
  if (!URL.canParse(location, request.url)) throw new TypeError(`fetch: ${request.url} redirects to what is no URL`);
  const from = new URL(request.url);
  const to = new URL(location, from);
  if (to.protocol !== "http:" && to.protocol !== "https:") {
    throw new TypeError(`fetch: ${request.url} redirects to a URL of the scheme ${to.protocol}`);
  }
  if (status !== 303 && request.body !== null && request.body.source === null) {
    throw new TypeError(`fetch: ${request.url} redirects, and the body, a stream, cannot be sent again`);
  }
  if (to.hash === "") to.hash = from.hash;
  return to;
}

function redirectTo(request, url, status) {
  const list = request.list.map((entry) => ({ ...entry }));
  const next = { ...request, list, url: url.href };
  const { method } = request;
  if (status === 303 ? method !== "GET" && method !== "HEAD" : status <= 302 && method === "POST") {
    Object.assign(next, { method: "GET", body: null });
    for (const key of ["encoding", "language", "location", "type"]) deleteFrom(list, `content-${key}`);
  }
  if (new URL(request.url).origin !== url.origin) deleteFrom(list, "authorization");
  return next;
}

// ---- the response

function streamOfExchange(exchange, first) {
  const { id } = exchange;
  const stream = new ReadableStream(
    {
      type: "bytes",
      start(controller) {
        exchange.controller = controller;
        if (first.length > 0) enqueue(controller, first);
      },
      async pull(controller) {
        let bytes;
        try {
          bytes = await ask("read", id);
        } catch (error) {
          exchange.end();
          throw error;
        }
        if (exchange.isAborted) return;
        if (bytes !== null) {
          enqueue(controller, bytes);
          return;
        }
        exchange.end();
        close(controller);
        controller.byobRequest?.respond(0);
      },
      cancel() {
        exchange.end();
        tellCancelled(id);
      },
    },
    { highWaterMark: 0 },
  );
  forgotten.register(stream, { id });
  return stream;
}

function bodyOf(exchange, { method }, { status, body: bytes, ended }) {
  if (method === "HEAD" || NULL_BODY_STATUSES.includes(status)) {
    exchange.end();
    if (!ended) tellCancelled(exchange.id);
    return null;
  }
  if (!ended) return newBody(null, streamOfExchange(exchange, bytes));
  const body = newBody(bytes);
  exchange.body = new WeakRef(body);
  forgotten.register(body, { exchange });
  return body;
}

async function follow(exchange, request) {
  const urls = [request.url];
  let content = contentOf(request);
  for (let hops = 0; ; hops++) {
    if (exchange.isAborted) return undefined;
    const head = await send(exchange, request, content, hops);
    if (exchange.isAborted) return undefined;
    let url;
    try {
      url = nextUrl(request, head);
    } finally {
      if (url !== null && !head.ended) tellCancelled(exchange.id);
    }
    if (url === null) {
      const { status, reason, list } = head;
      const body = bodyOf(exchange, request, head);
      return makeResponse({ type: "basic", urls, status, statusText: reason, list, body, guard: "immutable" });
    }
    if (hops === MOST_REDIRECTS) throw new TypeError(`fetch: ${urls[0]} leads to more than ${MOST_REDIRECTS} redirects`);
    request = redirectTo(request, url, head.status);
    if (request.body === null) content = null;
    urls.push(request.url);
  }
}

async function start(given, input, init) {
  requireArguments(given, 1, "fetch");
  const request = requestOf(new Request(input, init));
  const { body, signal } = request;
  if (isAborted(signal)) {
    if (body !== null && body.stream !== null) then(cancelStream(body.stream, abortReason(signal)), nothing, nothing);
    throw abortReason(signal);
  }
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(signal, reject);
    const settle = (answer) => {
      exchange.reject = nothing; // it leads to the response, which only the program is to hold
      resolve(answer);
    };
    then(follow(exchange, request), settle, (error) => {
      exchange.end();
      if (exchange.id !== null) tell("forget", exchange.id);
      reject(error);
    });
  });
}

function fetch(input, init = undefined) {
  return start(arguments.length, input, init);
}

web.operations({ fetch });
