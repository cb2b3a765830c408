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

const { append, concatenate, getterOf, lengthOf, list, setBytes, uncurry } = web.builtins;
const { now } = Date;
const { max, min } = Math;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = uncurry(TextEncoder.prototype.encode);
const decode = uncurry(TextDecoder.prototype.decode);
const exec = uncurry(RegExp.prototype.exec);
const slice = uncurry(String.prototype.slice);
const toLowerCase = uncurry(String.prototype.toLowerCase);
const TypedArray = Object.getPrototypeOf(Uint8Array);
const bufferOf = getterOf(TypedArray, "buffer");
const offsetOf = getterOf(TypedArray, "byteOffset");
const { ReadableStream, ReadableByteStreamController, ReadableStreamBYOBRequest } = web;
const enqueueBytes = uncurry(ReadableByteStreamController.prototype.enqueue);
const closeBytes = uncurry(ReadableByteStreamController.prototype.close);
const byobRequestOf = getterOf(ReadableByteStreamController, "byobRequest");
const respond = uncurry(ReadableStreamBYOBRequest.prototype.respond);

// File API, "convert line endings to native".
function nativeEndings(text) {
  const ending = /\r\n?/g;
  let converted = "";
  let start = 0;
  for (let found; (found = exec(ending, text)) !== null; start = ending.lastIndex) converted += slice(text, start, found.index) + "\n";
  return converted + slice(text, start);
}

function bytesOfPart(part, endings) {
  if (typeof part === "string") return encode(encoder, endings === "native" ? nativeEndings(part) : part);
  return isBlob(part) ? bytesOf(part) : webidl.bufferBytes(part, "Blob constructor: a part");
}

function join(parts, endings) {
  const pieces = list();
  for (let i = 0; i < parts.length; i++) append(pieces, bytesOfPart(parts[i], endings));
  return pieces.length === 1 ? pieces[0] : concatenate(pieces);
}

function normalizeType(type) {
  return exec(/[^ -~]/, type) === null ? toLowerCase(type) : "";
}

// ---- Blob

// What is being made of bytes by functions of ours: no argument of the constructors, since programs can replace what `super` calls.
class Made {
  constructor(bytes, type) {
    this.bytes = bytes;
    this.type = type;
  }
}

let made;

function takeMade() {
  const taken = made;
  made = undefined;
  return taken;
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
    const given = takeMade();
    if (given !== undefined) {
      this.#bytes = given.bytes;
      this.#type = given.type;
      return;
    }
    const parts = blobParts === undefined ? [] : toParts(blobParts, "Blob constructor: blobParts");
    const { endings, type } = toBlobOptions(options, "Blob constructor: options");
    this.#bytes = join(parts, endings);
    this.#type = normalizeType(type);
  }

  get size() {
    return lengthOf(this.#bytes);
  }

  get type() {
    return this.#type;
  }

  slice(start = undefined, end = undefined, contentType = undefined) {
    const bytes = this.#bytes;
    const size = lengthOf(bytes);
    const from = start === undefined ? 0 : webidl.longLong(start, "Blob.slice: start", webidl.CLAMP);
    const to = end === undefined ? size : webidl.longLong(end, "Blob.slice: end", webidl.CLAMP);
    const type = contentType === undefined ? "" : DOMString(contentType, "Blob.slice: contentType");
    const first = place(from, size);
    return createBlob(view(bytes, first, max(first, place(to, size))), normalizeType(type));
  }

  stream() {
    const bytes = this.#bytes;
    const size = lengthOf(bytes);
    let position = 0;
    return new ReadableStream({
      __proto__: null,
      type: "bytes",
      pull(controller) {
        const end = min(position + SIZE_OF_CHUNKS, size);
        if (position < end) enqueueBytes(controller, copy(bytes, position, end));
        position = end;
        if (position < size) return;
        closeBytes(controller);
        const request = byobRequestOf(controller);
        if (request !== null) respond(request, 0);
      },
    });
  }

  async text() {
    return decode(decoder, this.#bytes);
  }

  async arrayBuffer() {
    return bufferOf(copy(this.#bytes, 0, lengthOf(this.#bytes)));
  }

  async bytes() {
    return copy(this.#bytes, 0, lengthOf(this.#bytes));
  }
}

webidl.define(Blob);

// Of an index that counts from the end if it is negative.
function place(index, size) {
  return index < 0 ? max(size + index, 0) : min(index, size);
}

function view(bytes, from, to) {
  return new Uint8Array(bufferOf(bytes), offsetOf(bytes) + from, to - from);
}

function copy(bytes, from, to) {
  const copied = new Uint8Array(to - from);
  setBytes(copied, view(bytes, from, to));
  return copied;
}

function createBlob(bytes, type) {
  made = new Made(bytes, type);
  return new Blob();
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
    let bytes = takeMade();
    requireArguments(arguments.length, 2, "File constructor");
    let name = fileName;
    let lastModified = options;
    if (bytes === undefined) {
      const parts = toParts(fileBits, "File constructor: fileBits");
      name = USVString(fileName, "File constructor: fileName");
      const init = toFileOptions(options, "File constructor: options");
      ({ lastModified } = init);
      bytes = new Made(join(parts, init.endings), normalizeType(init.type));
    }
    made = bytes;
    try {
      super();
    } finally {
      made = undefined;
    }
    this.#name = name;
    this.#lastModified = lastModified;
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
  made = new Made(bytes, type);
  return new File(undefined, name, lastModified);
}

function renamed(blob, name) {
  return createFile(bytesOf(blob), name, typeOf(blob), isFile(blob) ? lastModifiedOf(blob) : now());
}

// ---- structured clone: the bytes never change, so that copies can share them

web.serializers?.set(Blob, {
  serialize: (blob) => [bytesOf(blob), typeOf(blob)],
  deserialize: (slots) => createBlob(slots[0], slots[1]),
});

web.serializers?.set(File, {
  serialize: (file) => [bytesOf(file), nameOf(file), typeOf(file), lastModifiedOf(file)],
  deserialize: (slots) => createFile(slots[0], slots[1], slots[2], slots[3]),
});

Object.assign(web, { Blob, File, isBlob, isFile, blobBytes: bytesOf, blobType: typeOf, createBlob, createFile, renamed });
web.define({ Blob, File });
