// Blob and File: https://w3c.github.io/FileAPI/
//
// For other scripts, on `web`:
//   Blob, File, isBlob(value), isFile(value)
//   blobBytes(blob)                 a Uint8Array that several may share: never to be written to, or shown to a program
//   createBlob(bytes, type)         of a Uint8Array that nobody writes to any more
//   blobType(blob)
//   createFile(bytes, name, type, lastModified)
//   renamed(blob, name)             a File with the same bytes

const { webidl } = web;
const { DOMString, USVString, dictionary, enumeration, isBufferSource, isObject, requireArguments } = webidl;

const SIZE_OF_CHUNKS = 65536; // bytes

// ---- parts

let bytesOf; // of a Blob
let typeOf;
let isBlob;

// (BufferSource or Blob or USVString); bytes are copied when the options have been looked at
function toPart(value, context) {
  return isObject(value) && (isBufferSource(value) || isBlob(value)) ? value : USVString(value, context);
}

const toParts = webidl.sequence(toPart);

const toBlobOptions = dictionary("BlobPropertyBag", [
  { key: "endings", convert: enumeration("EndingType", ["transparent", "native"]), default: () => "transparent" },
  { key: "type", convert: DOMString, default: () => "" },
]);

const toFileOptions = dictionary(
  "FilePropertyBag",
  [{ key: "lastModified", convert: webidl.longLong, default: () => now() }],
  toBlobOptions,
);

const { now } = Date;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const { encode } = TextEncoder.prototype;
const { decode } = TextDecoder.prototype;
const { apply } = Reflect;

function bytesOfPart(part, endings) {
  if (typeof part === "string") {
    return apply(encode, encoder, [endings === "native" ? part.replace(/\r\n?/g, "\n") : part]);
  }
  return isBlob(part) ? bytesOf(part) : webidl.bufferBytes(part, "Blob constructor: a part");
}

function join(parts, endings) {
  const pieces = parts.map((part) => bytesOfPart(part, endings));
  if (pieces.length === 1) return pieces[0];
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

function normalizeType(type) {
  return /[^ -~]/.test(type) ? "" : type.toLowerCase();
}

// ---- Blob

// What the constructors take from the functions that make one of bytes.
class Made {
  constructor(bytes, type) {
    this.bytes = bytes;
    this.type = type;
  }
}

class Blob {
  #bytes;
  #type;

  static {
    bytesOf = (blob) => blob.#bytes;
    typeOf = (blob) => blob.#type;
    isBlob = (value) => isObject(value) && #bytes in value;
  }

  constructor(blobParts = undefined, options = undefined) {
    if (blobParts instanceof Made) {
      this.#bytes = blobParts.bytes;
      this.#type = blobParts.type;
      return;
    }
    const parts = blobParts === undefined ? [] : toParts(blobParts, "Blob constructor: blobParts");
    const { endings, type } = toBlobOptions(options, "Blob constructor: options");
    this.#bytes = join(parts, endings);
    this.#type = normalizeType(type);
  }

  get size() {
    return this.#bytes.length;
  }

  get type() {
    return this.#type;
  }

  slice(start = undefined, end = undefined, contentType = undefined) {
    const bytes = this.#bytes;
    const clamp = { clamp: true };
    const from = start === undefined ? 0 : webidl.longLong(start, "Blob.slice: start", clamp);
    const to = end === undefined ? bytes.length : webidl.longLong(end, "Blob.slice: end", clamp);
    const type = contentType === undefined ? "" : DOMString(contentType, "Blob.slice: contentType");
    const first = place(from, bytes.length);
    return createBlob(view(bytes, first, Math.max(first, place(to, bytes.length))), normalizeType(type));
  }

  stream() {
    const bytes = this.#bytes;
    let position = 0;
    return new web.npm["web-streams-polyfill"].ReadableStream({
      type: "bytes",
      pull(controller) {
        const chunk = bytes.slice(position, position + SIZE_OF_CHUNKS);
        position += chunk.length;
        if (chunk.length) controller.enqueue(chunk);
        if (position < bytes.length) return;
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
  }

  async text() {
    return apply(decode, decoder, [this.#bytes]);
  }

  async arrayBuffer() {
    return this.#bytes.slice().buffer;
  }

  async bytes() {
    return this.#bytes.slice();
  }
}

webidl.define(Blob);

// Of an index that counts from the end if it is negative.
function place(index, size) {
  return index < 0 ? Math.max(size + index, 0) : Math.min(index, size);
}

function view(bytes, from, to) {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

function createBlob(bytes, type) {
  return new Blob(new Made(bytes, type));
}

// ---- File

let isFile;
let nameOf;
let lastModifiedOf;

class File extends Blob {
  #name;
  #lastModified;

  static {
    isFile = (value) => isObject(value) && #name in value;
    nameOf = (file) => file.#name;
    lastModifiedOf = (file) => file.#lastModified;
  }

  constructor(fileBits, fileName, options = undefined) {
    requireArguments(arguments.length, 2, "File constructor");
    if (fileBits instanceof Made) {
      super(fileBits);
      this.#name = fileName;
      this.#lastModified = options;
      return;
    }
    const parts = toParts(fileBits, "File constructor: fileBits");
    const name = USVString(fileName, "File constructor: fileName");
    const init = toFileOptions(options, "File constructor: options");
    super(parts, init);
    this.#name = name;
    this.#lastModified = init.lastModified;
  }

  get name() {
    return this.#name;
  }

  get lastModified() {
    return this.#lastModified;
  }
}

webidl.define(File);

function createFile(bytes, name, type, lastModified) {
  return new File(new Made(bytes, type), name, lastModified);
}

function renamed(blob, name) {
  return createFile(bytesOf(blob), name, typeOf(blob), isFile(blob) ? lastModifiedOf(blob) : now());
}

// ---- structured clone: the bytes never change, so that copies can share them

web.serializers?.set(Blob, {
  serialize: (blob) => [bytesOf(blob), typeOf(blob)],
  deserialize: ([bytes, type]) => createBlob(bytes, type),
});

web.serializers?.set(File, {
  serialize: (file) => [bytesOf(file), nameOf(file), typeOf(file), lastModifiedOf(file)],
  deserialize: (parts) => createFile(...parts),
});

Object.assign(web, { Blob, File, isBlob, isFile, blobBytes: bytesOf, blobType: typeOf, createBlob, createFile, renamed });
web.define({ Blob, File });
