// TextDecoderStream and TextEncoderStream: https://encoding.spec.whatwg.org/#interface-textdecoderstream

const { DOMString, boolean, define, dictionary } = web.webidl;
const { TransformStream, enqueue } = web;
const { TextDecoder, TextEncoder } = globalThis;
const { apply } = Reflect;
const { decode } = TextDecoder.prototype;
const { encode } = TextEncoder.prototype;

// ---- TextDecoderStream

const toTextDecoderOptions = dictionary("TextDecoderOptions", [
  { key: "fatal", convert: boolean, default: () => false },
  { key: "ignoreBOM", convert: boolean, default: () => false },
]);

function makeDecodingStream(decoder) {
  function pass(controller, text) {
    if (text !== "") enqueue(controller, text);
  }
  return new TransformStream({
    __proto__: null,
    transform(chunk, controller) {
      if (chunk === undefined) throw new TypeError("TextDecoderStream: the chunk is not an ArrayBuffer or a view on one");
      pass(controller, apply(decode, decoder, [chunk, { __proto__: null, stream: true }]));
    },
    flush: (controller) => pass(controller, apply(decode, decoder, [])),
  });
}

class TextDecoderStream {
  #stream;
  #encoding;
  #fatal;
  #ignoreBOM;

  constructor(label = "utf-8", options = {}) {
    const name = DOMString(label, "TextDecoderStream constructor: label");
    const { fatal, ignoreBOM } = toTextDecoderOptions(options, "TextDecoderStream constructor: options");
    const decoder = new TextDecoder(name, { __proto__: null, fatal, ignoreBOM });
    this.#encoding = decoder.encoding;
    this.#fatal = fatal;
    this.#ignoreBOM = ignoreBOM;
    this.#stream = makeDecodingStream(decoder);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }
}

// ---- TextEncoderStream

const encoder = new TextEncoder();

// Whether the last code unit is the first half of a surrogate pair, of which the next chunk may have the other.
function endsInHalf(text) {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

function makeEncodingStream() {
  let kept = "";
  return new TransformStream({
    __proto__: null,
    transform(chunk, controller) {
      let text = kept + DOMString(chunk, "TextEncoderStream: the chunk");
      kept = endsInHalf(text) ? text.slice(-1) : "";
      if (kept !== "") text = text.slice(0, -1);
      if (text !== "") enqueue(controller, apply(encode, encoder, [text]));
    },
    flush(controller) {
      if (kept !== "") enqueue(controller, apply(encode, encoder, [kept]));
    },
  });
}

class TextEncoderStream {
  #stream = makeEncodingStream();

  get encoding() {
    this.#stream;
    return "utf-8";
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    return this.#stream.writable;
  }
}

define(TextDecoderStream);
define(TextEncoderStream);
web.define({ TextDecoderStream, TextEncoderStream });
