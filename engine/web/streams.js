// Streams: https://streams.spec.whatwg.org/
// The package web-streams-polyfill implements them; here is what it leaves to its surroundings.
//
// For other scripts, on `web`:
//   the interfaces, ReadableStream and all others
//   enqueue(controller, chunk)   as the method of a TransformStreamDefaultController, which programs may have replaced
//   demand(stream)               undefined while the readable side of a TransformStream wants a chunk, else a promise that
//                                is fulfilled when it wants one, or none ever

const { apply, defineProperty, deleteProperty, setPrototypeOf } = Reflect;
const { hideSlots } = web.native;
const streams = web.npm["web-streams-polyfill"];
const { ReadableStream } = streams;

// ---- internal slots

// They are properties: not to be among what Object.keys, a copy with `...` or console.log find.
const queue = ["_queue", "_queueTotalSize", "_started", "_strategyHWM"];
const pulling = ["_closeRequested", "_pullAgain", "_pulling", "_pullAlgorithm", "_cancelAlgorithm"];
const promise = (name) => [name, `${name}_resolve`, `${name}_reject`];
const reading = ["_ownerReadableStream", ...promise("_closedPromise")];

const slots = {
  ReadableStream: ["_state", "_reader", "_storedError", "_disturbed", "_readableStreamController"],
  ReadableStreamDefaultReader: [...reading, "_readRequests"],
  ReadableStreamBYOBReader: [...reading, "_readIntoRequests"],
  ReadableStreamDefaultController: [...queue, ...pulling, "_controlledReadableStream", "_strategySizeAlgorithm"],
  ReadableByteStreamController: [
    ...[...queue, ...pulling, "_controlledReadableByteStream", "_byobRequest", "_autoAllocateChunkSize"],
    "_pendingPullIntos",
  ],
  ReadableStreamBYOBRequest: ["_associatedReadableByteStreamController", "_view"],
  WritableStream: [
    ...["_state", "_storedError", "_writer", "_writableStreamController", "_writeRequests", "_inFlightWriteRequest"],
    ...["_closeRequest", "_inFlightCloseRequest", "_pendingAbortRequest", "_backpressure"],
  ],
  WritableStreamDefaultWriter: [
    ...["_ownerWritableStream", ...promise("_closedPromise"), "_closedPromiseState"],
    ...[...promise("_readyPromise"), "_readyPromiseState"],
  ],
  WritableStreamDefaultController: [
    ...[...queue, "_controlledWritableStream", "_abortReason", "_abortController", "_strategySizeAlgorithm"],
    ...["_writeAlgorithm", "_closeAlgorithm", "_abortAlgorithm"],
  ],
  TransformStream: [
    ...["_readable", "_writable", "_backpressure", "_transformStreamController"],
    ...["_backpressureChangePromise", "_backpressureChangePromise_resolve"],
  ],
  TransformStreamDefaultController: [
    ...["_controlledTransformStream", "_transformAlgorithm", "_flushAlgorithm", "_cancelAlgorithm"],
    ...promise("_finishPromise"),
  ],
  ByteLengthQueuingStrategy: ["_byteLengthQueuingStrategyHighWaterMark"],
  CountQueuingStrategy: ["_countQueuingStrategyHighWaterMark"],
};

for (const name of Object.keys(slots)) hideSlots(streams[name].prototype, ...slots[name]);

// ---- the iterator of a ReadableStream

// Of no stream that was constructed, for that would leave jobs behind for the first script of the program.
const unread = Object.create(ReadableStream.prototype, {
  _readableStreamController: { value: undefined },
  _state: { value: "readable" },
  _reader: { value: undefined, writable: true },
});
const iteratorPrototype = Object.getPrototypeOf(unread.values());

hideSlots(iteratorPrototype, "_asyncIteratorImpl");

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
