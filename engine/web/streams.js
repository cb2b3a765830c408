// Streams: https://streams.spec.whatwg.org/
// The package web-streams-polyfill implements them; here is what it leaves to its surroundings.
//
// For other scripts, on `web`:
//   the interfaces, ReadableStream and all others
//   enqueue(controller, chunk)   as the method of a TransformStreamDefaultController, which programs may have replaced
//   demand(stream)               undefined while the readable side of a TransformStream wants a chunk, else a promise that
//                                is fulfilled when it wants one, or none ever

const { apply, defineProperty, deleteProperty, setPrototypeOf } = Reflect;
const streams = web.npm["web-streams-polyfill"];
const { ReadableStream } = streams;

// ---- the iterator of a ReadableStream

// Of no stream that was constructed, for that would leave jobs behind for the first script of the program.
const unread = Object.create(ReadableStream.prototype, {
  _readableStreamController: { value: undefined },
  _state: { value: "readable" },
  _reader: { value: undefined, writable: true },
});
const iteratorPrototype = Object.getPrototypeOf(unread.values());

// Web IDL, "asynchronous iterator prototype object".
deleteProperty(iteratorPrototype, Symbol.asyncIterator);
setPrototypeOf(iteratorPrototype, Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype)));
defineProperty(iteratorPrototype, Symbol.toStringTag, { value: "ReadableStream AsyncIterator", configurable: true });

// ---- for other scripts

const { enqueue } = streams.TransformStreamDefaultController.prototype;

web.enqueue = (controller, chunk) => apply(enqueue, controller, [chunk]);
web.demand = (stream) => (stream._backpressure ? stream._backpressureChangePromise : undefined);
Object.assign(web, streams);
web.define(streams);
