// FormData as bytes, and back: https://html.spec.whatwg.org/#multipart-form-data and RFC 7578.

const { mimeTypeOf } = web.http;
const { blobBytes, blobType, createFile, createFormData, formDataEntries } = web;
const { TextDecoder, TextEncoder, URLSearchParams } = globalThis;
const { floor, random } = Math;
const { now } = Date;
const { concatenate, getterOf, uncurry } = web.builtins;
const forEachPair = uncurry(URLSearchParams.prototype.forEach);
const encode = uncurry(TextEncoder.prototype.encode);
const decode = uncurry(TextDecoder.prototype.decode);
const nameOf = getterOf(web.File, "name");
const encoder = new TextEncoder();

// ---- to bytes

const withLineEnds = (text) => text.replace(/\r\n|\r|\n/g, "\r\n");
const ESCAPES = { "\r": "%0D", "\n": "%0A", '"': "%22" };
const escapeName = (text) => text.replace(/[\r\n"]/g, (character) => ESCAPES[character]);

// Drawn from the realm's random numbers, so that a seed gives the same requests.
function newBoundary() {
  const digits = () => floor(random() * 1e16).toString().padStart(16, "0");
  return `----formdata-${digits()}${digits()}`;
}

// HTML, "multipart/form-data encoding algorithm": the bytes, and their type.
function serializeFormData(form) {
  const boundary = newBoundary();
  const pieces = [];
  const write = (text) => pieces.push(encode(encoder, text));
  for (const [name, value] of formDataEntries(form)) {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(withLineEnds(name))}"`;
    if (typeof value === "string") {
      write(`${start}\r\n\r\n${withLineEnds(value)}\r\n`);
    } else {
      const type = blobType(value) || "application/octet-stream";
      write(`${start}; filename="${escapeName(nameOf(value))}"\r\nContent-Type: ${type}\r\n\r\n`);
      pieces.push(blobBytes(value));
      write("\r\n");
    }
  }
  write(`--${boundary}--\r\n`);
  return { bytes: concatenate(pieces), type: `multipart/form-data; boundary=${boundary}` };
}

// ---- from bytes

const malformed = () => new TypeError("The body is no valid multipart/form-data");

// A place in bytes. They are searched as text of one character a byte, for which the engine has native code.
class Input {
  constructor(bytes) {
    this.bytes = bytes;
    this.text = decode(new TextDecoder("windows-1252"), bytes);
    this.position = 0;
  }

  take(expected) {
    if (!this.text.startsWith(expected, this.position)) return false;
    this.position += expected.length;
    return true;
  }

  // The bytes before what is expected next, which is left behind.
  before(expected) {
    const end = this.text.indexOf(expected, this.position);
    if (end === -1) throw malformed();
    const bytes = this.bytes.subarray(this.position, end);
    this.position = end + expected.length;
    return bytes;
  }
}

const utf8Text = (bytes) => decode(new TextDecoder("utf-8", { ignoreBOM: true }), bytes);

// `; name="…"`: as browsers write it, with three characters escaped.
function parameter(input, name) {
  if (!input.take(`${name}="`)) return undefined;
  const text = utf8Text(input.before('"'));
  return text.replace(/%0a/gi, "\n").replace(/%0d/gi, "\r").replace(/%22/g, '"');
}

function parseDisposition(line) {
  const input = new Input(line);
  if (!/^form-data$/i.test(utf8Text(line).split(";")[0].trim())) throw malformed();
  input.position = line.indexOf(0x3b);
  const found = {};
  while (input.position !== -1 && input.position < line.length) {
    if (!input.take(";")) throw malformed();
    while (input.take(" ") || input.take("\t"));
    if (input.position >= line.length) break;
    const name = parameter(input, "name");
    const filename = name === undefined ? parameter(input, "filename") : undefined;
    if (name !== undefined) found.name = name;
    else if (filename !== undefined) found.filename = filename;
    else input.position = indexOrEnd(line, 0x3b, input.position);
    while (input.take(" ") || input.take("\t"));
  }
  if (found.name === undefined) throw malformed();
  return found;
}

function indexOrEnd(bytes, byte, from) {
  const index = bytes.indexOf(byte, from);
  return index === -1 ? bytes.length : index;
}

function parsePartHeaders(input) {
  let disposition;
  let type = "text/plain";
  while (!input.take("\r\n")) {
    const line = input.before("\r\n");
    const colon = line.indexOf(0x3a);
    if (colon === -1) throw malformed();
    const name = utf8Text(line.subarray(0, colon)).trim().toLowerCase();
    const value = line.subarray(colon + 1);
    if (name === "content-disposition") disposition = parseDisposition(value);
    else if (name === "content-type") type = utf8Text(value).trim();
  }
  if (disposition === undefined) throw malformed();
  return { ...disposition, type };
}

// https://andreubotella.github.io/multipart-form-data/#multipart-form-data-parser
function parseMultipart(bytes, boundary) {
  const entries = [];
  const input = new Input(bytes);
  const delimiter = `--${boundary}`;
  input.before(delimiter);
  while (!input.take("--")) {
    while (input.take(" ") || input.take("\t"));
    if (!input.take("\r\n")) throw malformed();
    const { name, filename, type } = parsePartHeaders(input);
    const content = input.before(`\r\n${delimiter}`);
    entries.push([name, filename === undefined ? utf8Text(content) : createFile(content.slice(), filename, type, now())]);
  }
  return createFormData(entries);
}

function parseUrlEncoded(bytes) {
  const entries = [];
  forEachPair(new URLSearchParams(`?${utf8Text(bytes)}`), (value, name) => entries.push([name, value]));
  return createFormData(entries);
}

// Fetch, "formData()".
function parseFormData(bytes, list) {
  const mime = mimeTypeOf(list);
  if (mime?.essence === "application/x-www-form-urlencoded") return parseUrlEncoded(bytes);
  if (mime?.essence !== "multipart/form-data") throw new TypeError("The body's type is none of a form");
  const boundary = mime.parameters.get("boundary");
  if (boundary === undefined) throw malformed();
  return parseMultipart(bytes, boundary);
}

Object.assign(web.http, { parseFormData, serializeFormData });
