// ErrorEvent, PromiseRejectionEvent and MessageEvent: https://html.spec.whatwg.org/#errorevent, #promiserejectionevent, #messageevent
//
// For other scripts, on `web`: these interfaces; partsOfError(event): the arguments of an `onerror`, undefined if it is no ErrorEvent;
// setPorts(event, ports): of a MessageEvent, an array that nobody else has

const { webidl, Event, toEventInit } = web;
const { freeze } = Object;
const { apply } = Reflect;
const { any, DOMString, USVString, dictionary, nullable, object, requireArguments, sequence, unsignedLong } = webidl;

function eventInit(name, members) {
  return dictionary(name, members, toEventInit);
}

const empty = () => "";
const zero = () => 0;

const toErrorEventInit = eventInit("ErrorEventInit", [
  { key: "message", convert: DOMString, default: empty },
  { key: "filename", convert: USVString, default: empty },
  { key: "lineno", convert: unsignedLong, default: zero },
  { key: "colno", convert: unsignedLong, default: zero },
  { key: "error", convert: any },
]);

let partsOfError;

class ErrorEvent extends Event {
  #init;

  static {
    partsOfError = (event) => {
      if (!(#init in event) || event.type !== "error") return undefined;
      const { message, filename, lineno, colno, error } = event.#init;
      return [message, filename, lineno, colno, error];
    };
  }

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "ErrorEvent constructor");
    const text = DOMString(type, "ErrorEvent constructor: type");
    const init = toErrorEventInit(eventInitDict, "ErrorEvent constructor: eventInitDict");
    super(text, init);
    this.#init = init;
  }

  get message() {
    return this.#init.message;
  }

  get filename() {
    return this.#init.filename;
  }

  get lineno() {
    return this.#init.lineno;
  }

  get colno() {
    return this.#init.colno;
  }

  get error() {
    return this.#init.error;
  }
}

webidl.define(ErrorEvent);

const toPromiseRejectionEventInit = eventInit("PromiseRejectionEventInit", [
  { key: "promise", convert: object, required: true },
  { key: "reason", convert: any },
]);

class PromiseRejectionEvent extends Event {
  #promise;
  #reason;

  constructor(type, eventInitDict) {
    requireArguments(arguments.length, 2, "PromiseRejectionEvent constructor");
    const text = DOMString(type, "PromiseRejectionEvent constructor: type");
    const init = toPromiseRejectionEventInit(eventInitDict, "PromiseRejectionEvent constructor: eventInitDict");
    super(text, init);
    this.#promise = init.promise;
    this.#reason = init.reason;
  }

  get promise() {
    return this.#promise;
  }

  get reason() {
    return this.#reason;
  }
}

webidl.define(PromiseRejectionEvent);

// Ports come with a script that is evaluated later.
function toPort(value, context) {
  if (!web.isMessagePort?.(value)) throw new TypeError(`${context} is not of type MessagePort`);
  return value;
}

const toPorts = sequence(toPort);
const toSource = nullable(toPort);

const toMessageEventInit = eventInit("MessageEventInit", [
  { key: "data", convert: any, default: () => null },
  { key: "origin", convert: USVString, default: empty },
  { key: "lastEventId", convert: DOMString, default: empty },
  { key: "source", convert: toSource, default: () => null },
  { key: "ports", convert: toPorts, default: () => [] },
]);

let setPorts;

class MessageEvent extends Event {
  #init;

  static {
    setPorts = (event, ports) => {
      event.#init.ports = freeze(ports);
    };
  }

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "MessageEvent constructor");
    const text = DOMString(type, "MessageEvent constructor: type");
    const init = toMessageEventInit(eventInitDict, "MessageEvent constructor: eventInitDict");
    super(text, init);
    this.#init = init;
    freeze(init.ports);
  }

  get data() {
    return this.#init.data;
  }

  get origin() {
    return this.#init.origin;
  }

  get lastEventId() {
    return this.#init.lastEventId;
  }

  get source() {
    return this.#init.source;
  }

  get ports() {
    return this.#init.ports;
  }

  initMessageEvent(
    type,
    bubbles = false,
    cancelable = false,
    data = null,
    origin = "",
    lastEventId = "",
    source = null,
    ports = [],
  ) {
    this.#init;
    requireArguments(arguments.length, 1, "MessageEvent.initMessageEvent");
    const name = DOMString(type, "MessageEvent.initMessageEvent: type");
    const init = {
      data,
      origin: USVString(origin, "MessageEvent.initMessageEvent: origin"),
      lastEventId: DOMString(lastEventId, "MessageEvent.initMessageEvent: lastEventId"),
      source: toSource(source, "MessageEvent.initMessageEvent: source"),
      ports: freeze(toPorts(ports, "MessageEvent.initMessageEvent: ports")),
    };
    if (web.isDispatched(this)) return;
    apply(initEvent, this, [name, bubbles, cancelable]);
    this.#init = init;
  }
}

const { initEvent } = Event.prototype;
webidl.define(MessageEvent);

Object.assign(web, { ErrorEvent, PromiseRejectionEvent, MessageEvent, partsOfError, setPorts });
web.define({ ErrorEvent, PromiseRejectionEvent, MessageEvent });
