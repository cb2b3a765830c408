// Compression Streams: https://compression.spec.whatwg.org/
// The work is done by codecs of engine/compression.c, in pieces: a little data that becomes much is decompressed no faster than
// somebody reads it.

const { bufferBytes, define, enumeration, requireArguments } = web.webidl;
const { codecClose, codecRead, codecWrite, deflate, inflate } = web.native;
const { TransformStream, demand, enqueue } = web;

// zlib's "windowBits", which say the size of the window and the format.
const windowBits = { __proto__: null, deflate: 15, "deflate-raw": -15, gzip: 31 };
const toFormat = enumeration("CompressionFormat", Object.keys(windowBits));

function makeStream(codec, context) {
  let isCancelled = false;

  // One piece is read ahead: only if there is another is it waited for demand.
  async function readAll(controller, isLast) {
    let bytes = codecRead(codec, isLast);
    while (bytes !== undefined && !isCancelled) {
      enqueue(controller, bytes);
      bytes = codecRead(codec, isLast);
      if (bytes !== undefined) await demand(stream);
    }
  }

  const stream = new TransformStream({
    __proto__: null,
    transform(chunk, controller) {
      const bytes = bufferBytes(chunk, `${context}: the chunk`);
      if (bytes.length === 0) return undefined;
      codecWrite(codec, bytes);
      return readAll(controller, false);
    },
    flush: (controller) => readAll(controller, true),
    cancel() {
      isCancelled = true;
      codecClose(codec);
    },
  });
  return stream;
}

class CompressionStream {
  #stream;

  constructor(format) {
    requireArguments(arguments.length, 1, "CompressionStream constructor");
    const codec = deflate(windowBits[toFormat(format, "CompressionStream constructor: format")]);
    this.#stream = makeStream(codec, "CompressionStream");
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }
}

class DecompressionStream {
  #stream;

  constructor(format) {
    requireArguments(arguments.length, 1, "DecompressionStream constructor");
    const codec = inflate(windowBits[toFormat(format, "DecompressionStream constructor: format")]);
    this.#stream = makeStream(codec, "DecompressionStream");
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }
}

define(CompressionStream);
define(DecompressionStream);
web.define({ CompressionStream, DecompressionStream });
