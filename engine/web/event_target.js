// EventTarget: https://dom.spec.whatwg.org/#interface-eventtarget
// No target has a parent here, so the path of an event is its target alone.
//
// For other scripts, on `web`:
//   EventTarget
//   Listener                             what `listeners.add(target, type, listener)` and `remove` take
//   listenersOf(target)                  made when they are first asked for; listenersIfAny(target)
//   fire(target, event)                  dispatches it; false when it was canceled. Runs listeners, throws nothing
//   hasListeners(target, type)
//   observe(target, observer)            calls it with the target when a listener has come or gone

const { webidl, isEvent, stateOfEvent } = web;
const { AT_TARGET, NONE } = web.Event;
const { DOMString, boolean, dictionary, isObject, requireArguments } = webidl;
const { append, list } = web.builtins;
const { apply } = Reflect;

// ---- the listeners of a target

class Listener {
  capture = false;
  once = false;
  passive = false;
  signal = undefined;
  onAbort = undefined; // what the signal calls
  isRemoved = false;

  // A callback, or an event handler.
  constructor(callback, handler) {
    this.callback = callback;
    this.handler = handler;
  }
}

// Those of one type. A dispatch goes through `items` up to where they ended when it began: what is added stands behind, and what is
// removed stays, until a list without it takes the place of the whole.
class ListenerList {
  items = list();
  count = 0; // of those that were not removed

  find(callback, capture) {
    const { items } = this;
    for (let i = 0; i < items.length; i++) {
      const listener = items[i];
      if (listener.callback === callback && listener.capture === capture && !listener.isRemoved) return listener;
    }
    return undefined;
  }

  add(listener) {
    append(this.items, listener);
    this.count++;
  }

  remove(listener) {
    listener.isRemoved = true;
    this.count--;
    if (this.count * 2 < this.items.length) this.#clean();
  }

  #clean() {
    const left = list();
    for (let i = 0; i < this.items.length; i++) if (!this.items[i].isRemoved) append(left, this.items[i]);
    this.items = left;
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
    const those = this.lists[type];
    those.remove(listener);
    if (listener.signal) web.removeAbortAlgorithm(listener.signal, listener.onAbort);
    if (those.count === 0) delete this.lists[type];
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
const captureOnly = toAddOptions({ __proto__: null, capture: true });

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
  const listener = new Listener(callback, undefined);
  listener.capture = capture;
  listener.once = once;
  listener.passive = passive;
  listener.signal = signal;
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
    const state = stateOfEvent(event);
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
  if (handler) web.callHandler(handler, target, event);
  else if (typeof callback === "function") apply(callback, target, [event]);
  else apply(webidl.callbackFunction(callback.handleEvent, "The listener's handleEvent"), callback, [event]);
}

// DOM, "inner invoke", of the listeners of one phase.
function invoke(listeners, target, event, state, capture) {
  const those = listeners.lists[state.type];
  if (those === undefined || state.stopsPropagation) return;
  const { items } = those;
  const { length } = items;
  for (let i = 0; i < length; i++) {
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

Object.assign(web, {
  EventTarget,
  Listener,
  listenersOf,
  listenersIfAny,
  fire: (target, event) => dispatch(target, event, stateOfEvent(event)),
  hasListeners: (target, type) => listenersIfAny(target)?.lists[type] !== undefined,
  observe(target, observer) {
    listenersOf(target).observer = observer;
  },
});
web.define({ EventTarget });
