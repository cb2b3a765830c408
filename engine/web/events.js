// Event and CustomEvent: https://dom.spec.whatwg.org/#interface-event
//
// For other scripts, on `web`:
//   Event, CustomEvent
//   toEventInit                          the dictionary, as the parent of others
//   createEvent(Interface, type, init)   an event that is trusted
//   stateOfEvent(event)                  throws a TypeError for what is none
//   isEvent(value)
//   cancel(state)                        as preventDefault()
//   isDispatched(event)                  whether it is under way

const { webidl } = web;
const { DOMString, any, boolean, dictionary, isObject, requireArguments } = webidl;
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

function createEvent(Interface, type, init = undefined) {
  const event = new Interface(type, { __proto__: null, ...init });
  stateOf(event).isTrusted = true;
  return event;
}

Object.assign(web, {
  Event,
  CustomEvent,
  toEventInit,
  createEvent,
  stateOfEvent: stateOf,
  isEvent,
  cancel,
  isDispatched: (event) => stateOf(event).isDispatched,
});
web.define({ Event, CustomEvent });
