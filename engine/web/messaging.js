// MessageChannel and MessagePort: https://html.spec.whatwg.org/#message-channels
//
// Each message is a task of its own, in one order with timers that are due.

const { after, serialize, deserialize } = web.native;
const { webidl, EventTarget, Event, MessageEvent } = web;
const { append, includes, list, shown } = web.builtins;
const { dictionary, isObject, object, requireArguments, sequence } = webidl;

// What a port is besides an object: it moves to another one when the port is transferred.
class End {
  port = null;
  other = null; // where messages go; null when the port is disentangled
  firstMessage = null; // of a chain: `record`, of serialize(), and `next`
  lastMessage = null;
  isStarted = false;
  isClosed = false;
}

// ---- delivery

function enqueue(end, record) {
  const message = { __proto__: null, record, next: null };
  if (end.lastMessage === null) end.firstMessage = message;
  else end.lastMessage.next = message;
  end.lastMessage = message;
}

function dequeue(end) {
  const { record, next } = end.firstMessage;
  end.firstMessage = next;
  if (next === null) end.lastMessage = null;
  return record;
}

function portsOf(transferred) {
  const ports = list();
  for (let i = 0; i < transferred.length; i++) if (isPort(transferred[i])) append(ports, transferred[i]);
  return shown(ports);
}

function receive(end) {
  const { port } = end;
  const record = dequeue(end);
  let message;
  try {
    message = deserialize(record);
  } catch {
    web.fire(port, web.createEvent(MessageEvent, "messageerror"));
    return;
  }
  const event = web.createEvent(MessageEvent, "message", { data: message[0] });
  web.setPorts(event, portsOf(message[1]));
  web.fire(port, event);
}

// Tasks that were queued for a port before it was transferred may find messages to be there already, or none.
function deliver(end) {
  if (end.isStarted && end.firstMessage !== null) receive(end);
}

function queueDelivery(end) {
  after(() => deliver(end), 0);
}

function startEnd(end) {
  if (end.isStarted) return;
  end.isStarted = true;
  for (let message = end.firstMessage; message !== null; message = message.next) queueDelivery(end);
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
    if (includes(transfer, this)) {
      throw new DOMException("A port cannot be transferred through itself", "DataCloneError");
    }
    // A port that is sent to itself is lost, and the message with it.
    const isLost = other === null || includes(transfer, other.port);
    const record = serialize(message, transfer);
    if (isLost) return;
    enqueue(other, record);
    if (other.isStarted) queueDelivery(other);
  }

  start() {
    start(this);
  }

  close() {
    const end = this.#end;
    if (end === null) return;
    end.isClosed = true;
    disentangle(end);
  }
}

function start(port) {
  const end = endOf(port);
  if (end !== null) startEnd(end);
}

webidl.define(MessagePort);
web.handler(MessagePort, "message", start);
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
  #port1;
  #port2;

  constructor() {
    const end1 = new End();
    const end2 = new End();
    end1.other = end2;
    end2.other = end1;
    this.#port1 = createPort(end1);
    this.#port2 = createPort(end2);
  }

  get port1() {
    return this.#port1;
  }

  get port2() {
    return this.#port2;
  }
}

webidl.define(MessageChannel);

web.isMessagePort = isPort;
web.define({ MessageChannel, MessagePort });
