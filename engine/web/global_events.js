// The global object as an EventTarget, and what it hears of errors that nobody caught:
// https://html.spec.whatwg.org/#report-the-exception, #unhandled-promise-rejections, https://webidl.spec.whatwg.org/#Global
//
// For other scripts, on `web`: report(error), which throws nothing

const { hear, report, throwLater } = web.native;
const { webidl, EventTarget, ErrorEvent, PromiseRejectionEvent } = web;
const { getterOf, uncurry } = web.builtins;
const { getOwnPropertyDescriptor, setPrototypeOf } = Object;
const exec = uncurry(RegExp.prototype.exec);
const addTo = uncurry(WeakSet.prototype.add);
const deleteFrom = uncurry(WeakSet.prototype.delete);

setPrototypeOf(globalThis, EventTarget.prototype);

// ---- event handlers

// The attributes of a global object are its own properties.
function globalHandler(type, handlesErrors = false) {
  const accessors = {
    get [`on${type}`]() {
      return web.handlerOf(globalThis, type);
    },
    set [`on${type}`](value) {
      web.setHandler(globalThis, type, value, handlesErrors);
    },
  };
  const descriptor = getOwnPropertyDescriptor(accessors, `on${type}`);
  Object.defineProperty(globalThis, `on${type}`, descriptor);
}

globalHandler("error", true);
globalHandler("unhandledrejection");
globalHandler("rejectionhandled");

// ---- exceptions

function messageOf(error) {
  try {
    return `Uncaught ${String(error)}`;
  } catch {
    return "Uncaught exception";
  }
}

const stackOf = getterOf(Error, "stack");

// The first place in the stack that has a line and a column.
function placeOf(error) {
  const stack = webidl.isObject(error) ? String(stackOf(error) ?? "") : "";
  const place = exec(/\(?([^\s(]+):(\d+):(\d+)\)?$/m, stack);
  return place === null ? {} : { filename: place[1], lineno: place[2], colno: place[3] };
}

// True when a listener has taken care of it.
function tellError(error) {
  if (!web.hasListeners(globalThis, "error")) return false;
  const init = { message: messageOf(error), ...placeOf(error), error, cancelable: true };
  return !web.fire(globalThis, web.createEvent(ErrorEvent, "error", init));
}

web.report = (error) => {
  if (!report(error)) throwLater(error);
};

function reportError(e) {
  webidl.requireArguments(arguments.length, 1, "reportError");
  web.report(e);
}

// ---- promises

// Those of which the host has not heard that nobody handles them.
const kept = new WeakSet();

function tellRejection(type, promise, reason) {
  if (!web.hasListeners(globalThis, type)) return true;
  const init = { promise, reason, cancelable: type === "unhandledrejection" };
  return web.fire(globalThis, web.createEvent(PromiseRejectionEvent, type, init));
}

// True when the host need not hear of it.
function keepsRejection(promise, reason, isHandled) {
  if (isHandled) {
    tellRejection("rejectionhandled", promise, reason);
    return deleteFrom(kept, promise);
  }
  if (tellRejection("unhandledrejection", promise, reason)) return false;
  addTo(kept, promise);
  return true;
}

hear({ error: tellError, rejection: keepsRejection });
web.operations({ self: globalThis, reportError });
