// Bodies: https://fetch.spec.whatwg.org/#bodies
//
// A body is `{ source, stream, used }`. `source` is what it was made of: a string, or a Uint8Array that nobody writes to; null
// if only the stream has it. `stream` is null until somebody wants one: a body that has its source is read without. `used`
// says that it was read so.

const { USVString, bufferBytes, isBufferSource, isObject } = web.webidl;
const { concatenate, getterOf, uncurry } = web.builtins;
const { mimeTypeOf, parseFormData, serializeFormData, serializeMimeType } = web.http;
const { blobBytes, blobType, createBlob, isBlob, isFormData } = web;
const { ReadableStream, ReadableStreamDefaultReader, TextDecoder, TextEncoder, TransformStream } = globalThis;
const { ReadableStreamBYOBReader, URL, URLSearchParams, structuredClone } = globalThis;
const { parse: parseJson } = JSON;

// What programs may replace is called as it is now.
const locked = getterOf(ReadableStream, "locked");
const getReader = uncurry(ReadableStream.prototype.getReader);
const tee = uncurry(ReadableStream.prototype.tee);
const pipeThrough = uncurry(ReadableStream.prototype.pipeThrough);
const read = uncurry(ReadableStreamDefaultReader.prototype.read);
const cancelReader = uncurry(ReadableStreamDefaultReader.prototype.cancel);
const releaseLock = uncurry(ReadableStreamBYOBReader.prototype.releaseLock);
const searchText = uncurry(URLSearchParams.prototype.toString);
const encode = uncurry(TextEncoder.prototype.encode);
const decode = uncurry(TextDecoder.prototype.decode);
const encoder = new TextEncoder();

const isDisturbed = (stream) => stream._disturbed; // as web-streams-polyfill has it

// Whether a method that throws for what is no instance does not.
function accepts(method, value) {
  try {
    method(value);
    return true;
  } catch {
    return false;
  }
}

const isSearchParams = (value) => isObject(value) && accepts(searchText, value);
const typeOfArray = getterOf(Object.getPrototypeOf(Uint8Array), Symbol.toStringTag);
const isByteStream = (stream) => releaseLock(getReader(stream, { mode: "byob" })); // throws if it is none
const isUint8Array = (value) => typeOfArray(value) === "Uint8Array";
const isStream = (value) => isObject(value) && accepts(locked, value);

const utf8 = (text) => encode(encoder, text);
// Encoding, "UTF-8 decode".
const utf8Text = (bytes) => decode(new TextDecoder(), bytes);

// ---- making one

// BodyInit: what is wanted of it is read when the body is extracted.
function convertBodyInit(value) {
  if (isBufferSource(value) || isStream(value) || isBlob(value) || isFormData(value) || isSearchParams(value)) return value;
  return USVString(value, "The body");
}

const newBody = (source, stream = null) => ({ source, stream, used: false });

// Fetch, "extract" a body with type.
function extractBody(init) {
  if (typeof init === "string") return { body: newBody(init), type: "text/plain;charset=UTF-8" };
  if (isBufferSource(init)) return { body: newBody(bufferBytes(init, "The body")), type: null };
  if (isStream(init)) {
    if (isDisturbed(init) || locked(init)) throw new TypeError("The body is a stream that was read, or is locked");
    return { body: newBody(null, init), type: null };
  }
  if (isBlob(init)) return { body: newBody(blobBytes(init)), type: blobType(init) || null };
  if (isFormData(init)) {
    const { bytes, type } = serializeFormData(init);
    return { body: newBody(bytes), type };
  }
  return { body: newBody(searchText(init)), type: "application/x-www-form-urlencoded;charset=UTF-8" };
}

function streamOfBytes(bytes) {
  return new ReadableStream({
    type: "bytes",
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

// The bytes of a source, which belong to whoever asks.
const sourceBytes = (source) => (typeof source === "string" ? utf8(source) : new Uint8Array(source));

// A source that was read without a stream leaves one that was read.
function streamOf(body) {
  if (body.stream !== null) return body.stream;
  body.stream = streamOfBytes(body.used ? new Uint8Array() : sourceBytes(body.source));
  if (body.used) read(getReader(body.stream));
  return body.stream;
}

// ---- reading one

const isUsed = (body) => body.used || (body.stream !== null && isDisturbed(body.stream));
const isUnusable = (body) => body !== null && (isUsed(body) || (body.stream !== null && locked(body.stream)));

async function readAll(stream) {
  const reader = getReader(stream);
  const chunks = [];
  for (;;) {
    const { value, done } = await read(reader);
    if (done) break;
    if (!isUint8Array(value)) throw new TypeError("The body's stream has a chunk that is no Uint8Array");
    chunks.push(value);
  }
  const isAlone = chunks.length === 1 && chunks[0].byteLength === chunks[0].buffer.byteLength;
  return isAlone ? chunks[0] : concatenate(chunks);
}

// Fetch, "consume body". `convert(bytes, list)` makes the result; of what is text already, `convertText(text)`.
async function consume(state, convert, convertText = null) {
  const { body, list } = state;
  if (body === null) return convert(new Uint8Array(), list);
  if (isUnusable(body)) throw new TypeError("The body was read already, or its stream is locked");
  if (body.stream !== null) return convert(await readAll(body.stream), list);
  body.used = true;
  if (convertText !== null && typeof body.source === "string" && body.source[0] !== "\ufeff") return convertText(body.source);
  return convert(sourceBytes(body.source), list);
}

function toBlob(bytes, list) {
  const mime = mimeTypeOf(list);
  return createBlob(bytes, mime === null ? "" : serializeMimeType(mime));
}

// Fetch, "Body mixin". `stateOf(object)` is `{ body, list }`, and throws a TypeError for what is no instance.
function addBody(Interface, stateOf) {
  const members = {
    get body() {
      const { body } = stateOf(this);
      return body === null ? null : streamOf(body);
    },
    get bodyUsed() {
      const { body } = stateOf(this);
      return body !== null && isUsed(body);
    },
    arrayBuffer() {
      return start(this, (bytes) => bytes.buffer);
    },
    blob() {
      return start(this, toBlob);
    },
    bytes() {
      return start(this, (bytes) => bytes);
    },
    formData() {
      return start(this, parseFormData);
    },
    json() {
      return start(this, (bytes) => parseJson(utf8Text(bytes)), parseJson);
    },
    text() {
      return start(this, utf8Text, (text) => text);
    },
  };
  async function start(object, convert, convertText) {
    return consume(stateOf(object), convert, convertText);
  }
  Object.defineProperties(Interface.prototype, Object.getOwnPropertyDescriptors(members));
}

// ---- giving one on

// Streams, "ReadableStreamDefaultTee" with copies of the chunks for the second branch. It reads when a branch is read.
function teeWithCopies(stream) {
  const reader = getReader(stream);
  const branches = [{ copy: (chunk) => chunk }, { copy: structuredClone }];
  let isReading = false;
  const each = (action) => branches.filter((branch) => !branch.isCancelled).forEach(action);

  async function pull() {
    if (isReading) return;
    isReading = true;
    try {
      const { value, done } = await read(reader);
      each(({ controller, copy }) => (done ? controller.close() : controller.enqueue(copy(value))));
    } catch (error) {
      each(({ controller }) => controller.error(error));
    }
    isReading = false;
  }

  return branches.map((branch) => {
    const start = (controller) => void (branch.controller = controller);
    const cancel = (reason) => {
      branch.isCancelled = true;
      if (branches.every(({ isCancelled }) => isCancelled)) return cancelReader(reader, reason);
    };
    return new ReadableStream({ start, pull, cancel }, { highWaterMark: 0 });
  });
}

// Fetch, "clone" a body.
function cloneBody(body) {
  if (body.stream === null) return { ...body };
  // The chunks of byte streams are copied in any case.
  const [first, second] = accepts(isByteStream, body.stream) ? tee(body.stream) : teeWithCopies(body.stream);
  body.stream = first;
  return newBody(body.source, second);
}

// Fetch, "create a proxy" for a body: whose it was has used it.
function takeBody(body) {
  const taken =
    body.source !== null
      ? newBody(body.source)
      : newBody(null, pipeThrough(body.stream, new TransformStream()));
  body.used = true;
  return taken;
}

// HTML, "API base URL": of the `location` that somebody has given the realm, if there is one.
function parseUrl(text, context) {
  if (URL.canParse(text)) return new URL(text);
  const base = globalThis.location?.href;
  if (typeof base === "string" && URL.canParse(text, base)) return new URL(text, base);
  throw new TypeError(`${context}: ${JSON.stringify(text)} is no absolute URL`);
}

Object.assign(web.http, {
  addBody,
  cancelReader,
  cloneBody,
  convertBodyInit,
  extractBody,
  getReader,
  getterOf,
  isStream,
  isUint8Array,
  isUnusable,
  newBody,
  parseUrl,
  read,
  streamOf,
  takeBody,
  uncurry,
});
