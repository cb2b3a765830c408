// Transfer of streams: https://streams.spec.whatwg.org/#rs-transfer
// A stream that is transferred is locked by a pipe, to or from a passage whose other end is what is received. All realms of a VM
// have one heap, so the passage is a TransformStream, and needs no messages; as between two heaps, chunks are copied.

const { deserialize, serialize } = web.native;
const { ReadableStream, TransformStream, WritableStream, enqueue } = web;
const { getterOf, uncurry } = web.builtins;
const { DOMException, Promise } = globalThis;
const pipeTo = uncurry(ReadableStream.prototype.pipeTo);
const catchRejection = uncurry(Promise.prototype.catch);
const isReadableLocked = getterOf(ReadableStream, "locked");
const isWritableLocked = getterOf(WritableStream, "locked");
const readableOf = getterOf(TransformStream, "readable");
const writableOf = getterOf(TransformStream, "writable");

function requireUnlocked(isLocked) {
  if (isLocked) throw new DOMException("A stream that is locked cannot be transferred.", "DataCloneError");
}

const makePassage = () =>
  new TransformStream({
    __proto__: null,
    transform: (chunk, controller) => enqueue(controller, deserialize(serialize(chunk))[0]),
  });

// Whether it fails is seen at both ends.
function pipe(readable, writable) {
  catchRejection(pipeTo(readable, writable), () => {});
}

function transferReadable(stream) {
  requireUnlocked(isReadableLocked(stream));
  const passage = makePassage();
  pipe(stream, writableOf(passage));
  return readableOf(passage);
}

function transferWritable(stream) {
  requireUnlocked(isWritableLocked(stream));
  const passage = makePassage();
  pipe(readableOf(passage), stream);
  return writableOf(passage);
}

// ---- what comes from another realm is of that realm's interfaces

function receiveReadable(stream) {
  return stream instanceof ReadableStream ? stream : ReadableStream.from(stream);
}

function receiveWritable(stream) {
  if (stream instanceof WritableStream) return stream;
  const writer = stream.getWriter();
  return new WritableStream({
    __proto__: null,
    start: (controller) => {
      catchRejection(writer.closed, (reason) => controller.error(reason));
    },
    write: (chunk) => writer.write(chunk),
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
}

web.serializers.set(ReadableStream, { transfer: transferReadable, receive: receiveReadable });
web.serializers.set(WritableStream, { transfer: transferWritable, receive: receiveWritable });
web.serializers.set(TransformStream, {
  transfer(stream) {
    const [readable, writable] = [readableOf(stream), writableOf(stream)];
    requireUnlocked(isReadableLocked(readable) || isWritableLocked(writable));
    return { readable: transferReadable(readable), writable: transferWritable(writable) };
  },
  // Its ends are those that came: what a constructor makes would have ends of its own.
  receive: ({ readable, writable }) =>
    Object.create(TransformStream.prototype, {
      _readable: { value: receiveReadable(readable) },
      _writable: { value: receiveWritable(writable) },
      _transformStreamController: { value: undefined },
    }),
});
