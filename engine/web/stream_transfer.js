// Transfer of streams: https://streams.spec.whatwg.org/#rs-transfer
// A stream that is transferred is locked by a pipe, to or from a passage whose other end is what is received. All realms of a VM
// have one heap, so the passage is a TransformStream, and needs no messages; as between two heaps, chunks are copied.

const { deserialize, serialize } = web.native;
const { ReadableStream, TransformStream, WritableStream, enqueue } = web;
const { apply, getOwnPropertyDescriptor } = Reflect;
const { DOMException, Promise } = globalThis;
const { pipeTo } = ReadableStream.prototype;
const { catch: catchRejection } = Promise.prototype;

const getterOf = (Interface, name) => getOwnPropertyDescriptor(Interface.prototype, name).get;
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
  apply(catchRejection, apply(pipeTo, readable, [writable]), [() => {}]);
}

function transferReadable(stream) {
  requireUnlocked(apply(isReadableLocked, stream, []));
  const passage = makePassage();
  pipe(stream, apply(writableOf, passage, []));
  return apply(readableOf, passage, []);
}

function transferWritable(stream) {
  requireUnlocked(apply(isWritableLocked, stream, []));
  const passage = makePassage();
  pipe(apply(readableOf, passage, []), stream);
  return apply(writableOf, passage, []);
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
      apply(catchRejection, writer.closed, [(reason) => controller.error(reason)]);
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
    const [readable, writable] = [apply(readableOf, stream, []), apply(writableOf, stream, [])];
    requireUnlocked(apply(isReadableLocked, readable, []) || apply(isWritableLocked, writable, []));
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
