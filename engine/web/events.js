// Event, CustomEvent and EventTarget: https://dom.spec.whatwg.org/#events
// No target has a parent here, so the path of an event is its target alone.
//
// For other scripts, on `web`:
//   Event, EventTarget, CustomEvent
//   toEventInit                          the dictionary, as the parent of others
//   createEvent(Interface, type, init)   an event that is trusted
//   fire(target, event)                  dispatches it; false when it was canceled. Runs listeners, throws nothing
//   handler(Interface, type, after)      adds the attribute `on…`; `after(target)` is called when it has been set
//   handlerOf(target, type)              reads and …
//   setHandler(target, type, value)      … writes it, for attributes of another kind
//   hasListeners(target, type)
//   observe(target, observer)            calls it with the target when a listener has come or gone
//   isDispatched(event)                  whether it is under way

const { webidl } = web;
const { DOMString, boolean, any, dictionary, requireArguments, isObject } = webidl;
const { now } = web.native; // here and elsewhere taken out once, since the engine makes it when it is first looked at
const { apply, defineProperty } = Reflect;

// ---- Event

const NONE = 0;
const CAPTURING_PHASE = 1;
const AT_TARGET = 2;
const BUBBLING_PHASE = 3;

const toEventInit = dictionary("EventInit", [
  { key: "bubbles", convert: boolean, default: () => false },
  { key: "cancelable", convert: boolean, default: () => false },
  { key: "composed", convert: boolean, default: () => false },
]);

const noInit = toEventInit(undefined);

let stateOf; // of an event; throws a TypeError for what is none
let isEvent;

const isTrusted = {
  get: Object.getOwnPropertyDescriptor(
    {
      get isTrusted() {
        return stateOf(this).isTrusted;
      },
    },
    "isTrusted",
  ).get,
  enumerable: true,
  configurable: false,
};

function cancel(state) {
  if (state.cancelable && !state.inPassiveListener) state.isCanceled = true;
}

class Event {
  #state;

  static {
    stateOf = (event) => event.#state;
    isEvent = (value) => isObject(value) && #state in value;
  }

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "Event constructor");
    const text = DOMString(type, "Event constructor: type");
    const init = eventInitDict === undefined ? noInit : toEventInit(eventInitDict, "Event constructor: eventInitDict");
    this.#state = {
      type: text,
      bubbles: init.bubbles,
      cancelable: init.cancelable,
      composed: init.composed,
      timeStamp: now(),
      isTrusted: false,
      isInitialized: true,
      isDispatched: false,
      isCanceled: false,
      stopsPropagation: false,
      stopsImmediately: false,
      inPassiveListener: false,
      target: null,
      currentTarget: null,
      phase: NONE,
    };
    defineProperty(this, "isTrusted", isTrusted);
  }

  get type() {
    return this.#state.type;
  }

  get target() {
    return this.#state.target;
  }

  get srcElement() {
    return this.#state.target;
  }

  get currentTarget() {
    return this.#state.currentTarget;
  }

  composedPath() {
    const { currentTarget } = this.#state;
    return currentTarget === null ? [] : [currentTarget];
  }

  get eventPhase() {
    return this.#state.phase;
  }

  stopPropagation() {
    this.#state.stopsPropagation = true;
  }

  get cancelBubble() {
    return this.#state.stopsPropagation;
  }

  set cancelBubble(value) {
    const state = this.#state;
    if (value) state.stopsPropagation = true;
  }

  stopImmediatePropagation() {
    const state = this.#state;
    state.stopsPropagation = true;
    state.stopsImmediately = true;
  }

  get bubbles() {
    return this.#state.bubbles;
  }

  get cancelable() {
    return this.#state.cancelable;
  }

  get returnValue() {
    return !this.#state.isCanceled;
  }

  set returnValue(value) {
    const state = this.#state;
    if (!value) cancel(state);
  }

  preventDefault() {
    cancel(this.#state);
  }

  get defaultPrevented() {
    return this.#state.isCanceled;
  }

  get composed() {
    return this.#state.composed;
  }

  get timeStamp() {
    return this.#state.timeStamp;
  }

  initEvent(type, bubbles = false, cancelable = false) {
    const state = this.#state;
    requireArguments(arguments.length, 1, "Event.initEvent");
    const text = DOMString(type, "Event.initEvent: type");
    if (state.isDispatched) return;
    state.isInitialized = true;
    state.stopsPropagation = false;
    state.stopsImmediately = false;
    state.isCanceled = false;
    state.isTrusted = false;
    state.target = null;
    state.type = text;
    state.bubbles = !!bubbles;
    state.cancelable = !!cancelable;
  }
}

webidl.define(Event, { NONE, CAPTURING_PHASE, AT_TARGET, BUBBLING_PHASE });

const toCustomEventInit = dictionary("CustomEventInit", [{ key: "detail", convert: any, default: () => null }], toEventInit);

class CustomEvent extends Event {
  #detail;

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "CustomEvent constructor");
    const text = DOMString(type, "CustomEvent constructor: type");
    const init = toCustomEventInit(eventInitDict, "CustomEvent constructor: eventInitDict");
    super(text, init);
    this.#detail = init.detail;
  }

  get detail() {
    return this.#detail;
  }

  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    this.#detail;
    requireArguments(arguments.length, 1, "CustomEvent.initCustomEvent");
    const text = DOMString(type, "CustomEvent.initCustomEvent: type");
    if (stateOf(this).isDispatched) return;
    apply(initEvent, this, [text, bubbles, cancelable]);
    this.#detail = detail;
  }
}

const { initEvent } = Event.prototype;
webidl.define(CustomEvent);

// ---- the listeners of a target

// Those of one type. A dispatch goes through `items` as it is, so what changes then is a copy.
class ListenerList {
  items = [];
  isShared = false;

  find(callback, capture) {
    const { items } = this;
    for (let i = 0; i < items.length; i++) {
      if (items[i].callback === callback && items[i].capture === capture) return items[i];
    }
    return undefined;
  }

  add(listener) {
    if (this.isShared) this.#copy(undefined);
    this.items[this.items.length] = listener;
  }

  remove(listener) {
    listener.isRemoved = true;
    this.#copy(listener);
  }

  #copy(without) {
    const { items } = this;
    const copy = [];
    for (let i = 0; i < items.length; i++) {
      if (items[i] !== without) copy[copy.length] = items[i];
    }
    this.items = copy;
    this.isShared = false;
  }
}

class Listeners {
  lists = { __proto__: null };
  handlers = { __proto__: null };
  observer = undefined;

  add(target, type, listener) {
    (this.lists[type] ??= new ListenerList()).add(listener);
    this.observer?.(target);
  }

  remove(target, type, listener) {
    if (listener.isRemoved) return;
    const list = this.lists[type];
    list.remove(listener);
    if (listener.signal) web.removeAbortAlgorithm(listener.signal, listener.onAbort);
    if (list.items.length === 0) delete this.lists[type];
    this.observer?.(target);
  }
}

const toListenerOptions = dictionary("EventListenerOptions", [{ key: "capture", convert: boolean, default: () => false }]);
const toAddOptions = dictionary(
  "AddEventListenerOptions",
  [
    { key: "once", convert: boolean, default: () => false },
    { key: "passive", convert: boolean, default: () => false },
    { key: "signal", convert: (value, context) => web.toAbortSignal(value, context) },
  ],
  toListenerOptions,
);

const noOptions = toAddOptions(undefined);
const captureOnly = toAddOptions({ capture: true });

// (a dictionary or boolean)
function toOptions(convert, options, context) {
  if (isObject(options)) return convert(options, context);
  return options ? captureOnly : noOptions;
}

function toCallback(value, context) {
  if (value === undefined || value === null) return null;
  return webidl.object(value, context);
}

function addListener(target, type, callback, options) {
  const listeners = listenersOf(target);
  const { capture, once, passive, signal } = options;
  if (signal && web.isAborted(signal)) return;
  if (callback === null || listeners.lists[type]?.find(callback, capture)) return;
  const listener = { callback, handler: undefined, capture, once, passive, signal, onAbort: undefined, isRemoved: false };
  listeners.add(target, type, listener);
  if (signal) {
    listener.onAbort = () => listeners.remove(target, type, listener);
    web.addAbortAlgorithm(signal, listener.onAbort);
  }
}

// ---- EventTarget

let listenersOf; // of a target, made when they are first asked for; throws a TypeError for what is none
let listenersIfAny; // … or undefined
const listenersOfGlobal = new Listeners();

class EventTarget {
  #listeners = undefined;

  static {
    const isTarget = (target) => {
      if (isObject(target) && #listeners in target) return true;
      if (target === globalThis) return false;
      throw new TypeError("Illegal invocation: this is no EventTarget");
    };
    listenersOf = (target) => (isTarget(target) ? (target.#listeners ??= new Listeners()) : listenersOfGlobal);
    listenersIfAny = (target) => (isTarget(target) ? target.#listeners : listenersOfGlobal);
  }

  addEventListener(type, callback, options = undefined) {
    const target = this ?? globalThis;
    listenersIfAny(target);
    requireArguments(arguments.length, 2, "EventTarget.addEventListener");
    const text = DOMString(type, "EventTarget.addEventListener: type");
    const listener = toCallback(callback, "EventTarget.addEventListener: callback");
    addListener(target, text, listener, toOptions(toAddOptions, options, "EventTarget.addEventListener: options"));
  }

  removeEventListener(type, callback, options = undefined) {
    const target = this ?? globalThis;
    const listeners = listenersIfAny(target);
    requireArguments(arguments.length, 2, "EventTarget.removeEventListener");
    const text = DOMString(type, "EventTarget.removeEventListener: type");
    const given = toCallback(callback, "EventTarget.removeEventListener: callback");
    const { capture } = toOptions(toListenerOptions, options, "EventTarget.removeEventListener: options");
    const listener = listeners?.lists[text]?.find(given, capture);
    if (listener) listeners.remove(target, text, listener);
  }

  dispatchEvent(event) {
    const target = this ?? globalThis;
    listenersIfAny(target);
    requireArguments(arguments.length, 1, "EventTarget.dispatchEvent");
    if (!isEvent(event)) throw new TypeError("EventTarget.dispatchEvent: event is not of type Event");
    const state = stateOf(event);
    if (state.isDispatched || !state.isInitialized) {
      throw new DOMException("The event is already being dispatched", "InvalidStateError");
    }
    state.isTrusted = false;
    return dispatch(target, event, state);
  }
}

webidl.define(EventTarget);

// ---- dispatch

function callListener(listener, target, event) {
  const { callback, handler } = listener;
  if (handler) callHandler(handler, target, event);
  else if (typeof callback === "function") apply(callback, target, [event]);
  else apply(webidl.callbackFunction(callback.handleEvent, "The listener's handleEvent"), callback, [event]);
}

// DOM, "inner invoke", of the listeners of one phase.
function invoke(listeners, target, event, state, capture) {
  const list = listeners.lists[state.type];
  if (list === undefined || state.stopsPropagation) return;
  const { items } = list;
  list.isShared = true;
  for (let i = 0; i < items.length; i++) {
    const listener = items[i];
    if (listener.isRemoved || listener.capture !== capture) continue;
    if (listener.once) listeners.remove(target, state.type, listener);
    state.inPassiveListener = listener.passive;
    try {
      callListener(listener, target, event);
    } catch (error) {
      web.report(error);
    }
    state.inPassiveListener = false;
    if (state.stopsImmediately) return;
  }
}

function dispatch(target, event, state) {
  const listeners = listenersIfAny(target);
  state.isDispatched = true;
  state.target = target;
  if (listeners) {
    state.currentTarget = target;
    state.phase = AT_TARGET;
    invoke(listeners, target, event, state, true);
    invoke(listeners, target, event, state, false);
    state.currentTarget = null;
    state.phase = NONE;
  }
  state.isDispatched = false;
  state.stopsPropagation = false;
  state.stopsImmediately = false;
  return !state.isCanceled;
}

// ---- event handlers: https://html.spec.whatwg.org/#event-handler-attributes

// One that is no function is an object that does nothing. Where `handlesErrors`, `onerror` gets the parts of an ErrorEvent.
function callHandler(handler, target, event) {
  const { value, handlesErrors } = handler;
  if (typeof value !== "function") return;
  const parts = handlesErrors ? web.partsOfError(event) : undefined;
  const result = apply(value, target, parts ?? [event]);
  if (result === (parts !== undefined)) cancel(stateOf(event));
}

function handlerOf(target, type) {
  return listenersIfAny(target)?.handlers[type]?.value ?? null;
}

// A handler stands where it was first set, until it is taken away.
function setHandler(target, type, value, handlesErrors = false) {
  const listeners = listenersOf(target);
  const handler = listeners.handlers[type];
  if (!isObject(value)) {
    if (handler) listeners.remove(target, type, handler.listener);
    delete listeners.handlers[type];
  } else if (handler) {
    handler.value = value;
  } else {
    const added = { value, handlesErrors, listener: undefined };
    added.listener = { callback: undefined, handler: added, capture: false, once: false, passive: false, isRemoved: false };
    listeners.handlers[type] = added;
    listeners.add(target, type, added.listener);
  }
}

function handler(Interface, type, after = undefined) {
  const accessors = {
    get [`on${type}`]() {
      return handlerOf(this, type);
    },
    set [`on${type}`](value) {
      setHandler(this, type, value);
      after?.(this);
    },
  };
  const descriptor = Object.getOwnPropertyDescriptor(accessors, `on${type}`);
  defineProperty(Interface.prototype, `on${type}`, { ...descriptor, enumerable: true, configurable: true });
}

// ---- for other scripts

function createEvent(Interface, type, init = undefined) {
  const event = new Interface(type, init);
  stateOf(event).isTrusted = true;
  return event;
}

Object.assign(web, {
  Event,
  EventTarget,
  CustomEvent,
  toEventInit,
  createEvent,
  fire: (target, event) => dispatch(target, event, stateOf(event)),
  handler,
  handlerOf,
  setHandler,
  hasListeners: (target, type) => listenersIfAny(target)?.lists[type] !== undefined,
  isDispatched: (event) => stateOf(event).isDispatched,
  observe(target, observer) {
    listenersOf(target).observer = observer;
  },
});
web.define({ Event, EventTarget, CustomEvent });
