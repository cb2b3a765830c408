// AbortController and AbortSignal: https://dom.spec.whatwg.org/#aborting-ongoing-activities
//
// For other scripts, on `web`:
//   toAbortSignal(value, context)          the conversion
//   isAborted(signal), abortReason(signal)
//   addAbortAlgorithm(signal, algorithm), removeAbortAlgorithm(signal, algorithm)
//                                          functions that run once, before the event; not added to one that is aborted
//   createAbortSignal(), signalAbort(signal, reason), createDependentAbortSignal(signals)

const { someday } = web.native;
const { webidl, EventTarget, Event } = web;

let stateOf; // of a signal; throws a TypeError for what is none
let isSignal;

class AbortSignal extends EventTarget {
  #state = {
    isAborted: false,
    reason: undefined,
    algorithms: undefined, // a Set
    isDependent: false,
    sources: undefined, // WeakRefs of the signals that it depends on, which depend on none
    dependents: undefined, // a WeakList of the signals that depend on it
    links: undefined, // its own in those of its sources
  };

  static {
    stateOf = (signal) => signal.#state;
    isSignal = (value) => #state in value;
  }

  constructor() {
    webidl.requireKey(arguments[0]);
    super();
  }

  static abort(reason = undefined) {
    const signal = createSignal();
    setReason(stateOf(signal), reason);
    return signal;
  }

  static timeout(milliseconds) {
    webidl.requireArguments(arguments.length, 1, "AbortSignal.timeout");
    const options = { enforceRange: true };
    const delay = webidl.unsignedLongLong(milliseconds, "AbortSignal.timeout: milliseconds", options);
    const signal = createSignal();
    someday(() => signalAbort(signal, new DOMException("The operation timed out", "TimeoutError")), delay);
    return signal;
  }

  static any(signals) {
    webidl.requireArguments(arguments.length, 1, "AbortSignal.any");
    return createDependentSignal(toSignals(signals, "AbortSignal.any: signals"));
  }

  get aborted() {
    return this.#state.isAborted;
  }

  get reason() {
    return this.#state.reason;
  }

  throwIfAborted() {
    const { isAborted, reason } = this.#state;
    if (isAborted) throw reason;
  }
}

webidl.define(AbortSignal);
web.handler(AbortSignal, "abort");

const toSignal = webidl.interfaceType("AbortSignal", isSignal);
const toSignals = webidl.sequence(toSignal);

function createSignal() {
  return new AbortSignal(webidl.key);
}

function setReason(state, reason) {
  state.isAborted = true;
  state.reason = reason === undefined ? new DOMException("This operation was aborted", "AbortError") : reason;
}

// ---- algorithms

function addAlgorithm(signal, algorithm) {
  const state = stateOf(signal);
  if (state.isAborted) return;
  (state.algorithms ??= new Set()).add(algorithm);
  holdDependent(signal);
}

function removeAlgorithm(signal, algorithm) {
  const state = stateOf(signal);
  if (state.algorithms?.delete(algorithm)) holdDependent(signal);
}

function runAbortSteps(signal) {
  const state = stateOf(signal);
  const algorithms = [...(state.algorithms ?? [])];
  state.algorithms = undefined;
  for (const algorithm of algorithms) algorithm();
  web.fire(signal, web.createEvent(Event, "abort"));
}

// DOM, "signal abort". Signals that depend on this one are aborted before any event tells so.
function signalAbort(signal, reason) {
  const state = stateOf(signal);
  if (state.isAborted) return;
  setReason(state, reason);
  const aborted = [signal];
  for (const dependent of state.dependents ?? []) {
    if (stateOf(dependent).isAborted) continue;
    setReason(stateOf(dependent), state.reason);
    aborted.push(dependent);
  }
  state.dependents = undefined;
  aborted.forEach(runAbortSteps);
  aborted.forEach(holdDependent);
}

// ---- dependent signals

// A signal refers to those that depend on it weakly, so that one that lives long does not keep all that were ever made of
// it; but for those that somebody listens to, which might be in nobody's hands but ours.
function holdDependent(signal) {
  const state = stateOf(signal);
  if (!state.isDependent) return;
  const isNeeded = !state.isAborted && (state.algorithms?.size > 0 || web.hasListeners(signal, "abort"));
  for (const link of state.links) link.strong = isNeeded ? signal : undefined;
}

function depend(dependent, source) {
  const state = stateOf(dependent);
  if (state.sources.some((other) => other.deref() === source)) return;
  state.sources.push(new WeakRef(source));
  state.links.push((stateOf(source).dependents ??= new web.WeakList()).add(dependent));
}

function createDependentSignal(signals) {
  const result = createSignal();
  const state = stateOf(result);
  const aborted = signals.find((signal) => stateOf(signal).isAborted);
  if (aborted) {
    setReason(state, stateOf(aborted).reason);
    return result;
  }
  state.isDependent = true;
  state.sources = [];
  state.links = [];
  for (const signal of signals) {
    const { isDependent, sources } = stateOf(signal);
    const origins = isDependent ? sources.map((weak) => weak.deref()) : [signal];
    for (const source of origins) if (source !== undefined) depend(result, source);
  }
  web.observe(result, holdDependent);
  return result;
}

// ---- AbortController

class AbortController {
  #signal = createSignal();

  get signal() {
    return this.#signal;
  }

  abort(reason = undefined) {
    signalAbort(this.#signal, reason);
  }
}

webidl.define(AbortController);

Object.assign(web, {
  toAbortSignal: toSignal,
  isAborted: (signal) => stateOf(signal).isAborted,
  abortReason: (signal) => stateOf(signal).reason,
  addAbortAlgorithm: addAlgorithm,
  removeAbortAlgorithm: removeAlgorithm,
  createAbortSignal: createSignal,
  createDependentAbortSignal: createDependentSignal,
  signalAbort,
});
web.define({ AbortController, AbortSignal });
