// MessageChannel and MessagePort: https://html.spec.whatwg.org/#message-channels
//
// Each message is a task of its own, in one order with timers that are due.

const { after, serialize, deserialize } = web.native;
const { webidl, EventTarget, Event, MessageEvent } = web;
const { dictionary, isObject, object, requireArguments, sequence } = webidl;

// What a port is besides an object: it moves to another one when the port is transferred.
class End {
  port = null;
  other = null; // where messages go; null when the port is disentangled
  messages = []; // records of serialize()
  isStarted = false;
  isClosed = false;
}

// ---- delivery

function receive(end) {
  const { port } = end;
  const record = end.messages.shift();
  let value, transferred;
  try {
    [value, transferred] = deserialize(record);
  } catch {
    web.fire(port, web.createEvent(MessageEvent, "messageerror"));
    return;
  }
  web.fire(port, web.createEvent(MessageEvent, "message", { data: value, ports: transferred.filter(isPort) }));
}

// Tasks that were queued for a port before it was transferred may find messages to be there already, or none.
function deliver(end) {
  if (end.isStarted && end.messages.length) receive(end);
}

function queueDelivery(end) {
  after(() => deliver(end), 0);
}

function startEnd(end) {
  if (end.isStarted) return;
  end.isStarted = true;
  end.messages.forEach(() => queueDelivery(end));
}

function disentangle(end) {
  const { other } = end;
  if (other === null) return;
  end.other = other.other = null;
  after(() => {
    if (other.port !== null) web.fire(other.port, web.createEvent(Event, "close"));
  }, 0);
}

// ---- MessagePort

const toTransfer = sequence(object);
const toOptions = dictionary("StructuredSerializeOptions", [{ key: "transfer", convert: toTransfer, default: () => [] }]);

// The two forms of the second argument: a sequence of objects, or a dictionary with it.
function toTransferList(value, context) {
  const method = isObject(value) ? value[Symbol.iterator] : undefined;
  if (method === undefined || method === null) return toOptions(value, context).transfer;
  return webidl.iterated(value, method, object, context);
}

let endOf; // of a port, null when it was transferred
let detach;
let attach;
let isPort;

class MessagePort extends EventTarget {
  #end = null;

  static {
    endOf = (port) => port.#end;
    isPort = (value) => isObject(value) && #end in value;
    attach = (port, end) => {
      port.#end = end;
      end.port = port;
      return port;
    };
    detach = (port) => {
      const end = port.#end;
      port.#end = end.port = null;
      end.isStarted = false;
      return end;
    };
  }

  constructor() {
    webidl.requireKey(arguments[0]);
    super();
  }

  postMessage(message, options = undefined) {
    const other = this.#end?.other ?? null;
    requireArguments(arguments.length, 1, "MessagePort.postMessage");
    const transfer = toTransferList(options, "MessagePort.postMessage: options");
    if (transfer.includes(this)) {
      throw new DOMException("A port cannot be transferred through itself", "DataCloneError");
    }
    // A port that is sent to itself is lost, and the message with it.
    const isLost = other === null || transfer.includes(other.port);
    const record = serialize(message, transfer);
    if (isLost) return;
    other.messages.push(record);
    if (other.isStarted) queueDelivery(other);
  }

  start() {
    const end = this.#end;
    if (end !== null) startEnd(end);
  }

  close() {
    const end = this.#end;
    if (end === null) return;
    end.isClosed = true;
    disentangle(end);
  }
}

webidl.define(MessagePort);
web.handler(MessagePort, "message", (port) => port.start());
web.handler(MessagePort, "messageerror");
web.handler(MessagePort, "close");

function createPort(end) {
  return attach(new MessagePort(webidl.key), end);
}

web.serializers.set(MessagePort, {
  transfer(port) {
    if (endOf(port)?.isClosed ?? true) throw new DOMException("The port is closed, or was transferred", "DataCloneError");
    return detach(port);
  },
  receive: createPort,
});

// ---- MessageChannel

class MessageChannel {
  #ports;

  constructor() {
    const ends = [new End(), new End()];
    [ends[0].other, ends[1].other] = [ends[1], ends[0]];
    this.#ports = ends.map(createPort);
  }

  get port1() {
    return this.#ports[0];
  }

  get port2() {
    return this.#ports[1];
  }
}

webidl.define(MessageChannel);

web.isMessagePort = isPort;
web.define({ MessageChannel, MessagePort });
