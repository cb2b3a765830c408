// Event handlers, the attributes `on…`: https://html.spec.whatwg.org/#event-handler-attributes
//
// For other scripts, on `web`:
//   handler(Interface, type, after)      adds the attribute; `after(target)` is called when it has been set
//   handlerOf(target, type)              reads and …
//   setHandler(target, type, value)      … writes it, for attributes of another kind
//   callHandler(handler, target, event)

const { webidl, Listener, cancel, listenersIfAny, listenersOf, stateOfEvent } = web;
const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { isObject } = webidl;

// One that is no function is an object that does nothing. Where `handlesErrors`, `onerror` gets the parts of an ErrorEvent.
function callHandler(handler, target, event) {
  const { value, handlesErrors } = handler;
  if (typeof value !== "function") return;
  const parts = handlesErrors ? web.partsOfError(event) : undefined;
  const result = apply(value, target, parts ?? [event]);
  if (result === (parts !== undefined)) cancel(stateOfEvent(event));
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
    const added = { __proto__: null, value, handlesErrors, listener: undefined };
    added.listener = new Listener(undefined, added);
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
  const descriptor = getOwnPropertyDescriptor(accessors, `on${type}`);
  defineProperty(Interface.prototype, `on${type}`, { ...descriptor, enumerable: true, configurable: true });
}

Object.assign(web, { handler, handlerOf, setHandler, callHandler });
