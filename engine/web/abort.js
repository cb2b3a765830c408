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
const { append, getterOf, list, uncurry, weakTarget } = web.builtins;

const addTo = uncurry(Set.prototype.add);
const deleteFrom = uncurry(Set.prototype.delete);
const forEachOf = uncurry(Set.prototype.forEach);
const sizeOf = getterOf(Set, "size");

let stateOf; // of a signal; throws a TypeError for what is none
let isSignal;

class AbortSignal extends EventTarget {
  #state = {
    isAborted: false,
    reason: undefined,
    algorithms: undefined, // a Set
    isDependent: false,
    sources: undefined, // a list of WeakRefs of the signals that it depends on, which depend on none
    dependents: undefined, // a WeakList of the signals that depend on it
    links: undefined, // a list of its own in those of its sources
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
    const delay = webidl.unsignedLongLong(milliseconds, "AbortSignal.timeout: milliseconds", webidl.ENFORCE_RANGE);
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
  addTo((state.algorithms ??= new Set()), algorithm);
  holdDependent(signal);
}

function removeAlgorithm(signal, algorithm) {
  const state = stateOf(signal);
  if (state.algorithms !== undefined && deleteFrom(state.algorithms, algorithm)) holdDependent(signal);
}

function runAbortSteps(signal) {
  const state = stateOf(signal);
  const { algorithms } = state;
  state.algorithms = undefined;
  if (algorithms !== undefined) forEachOf(algorithms, (algorithm) => algorithm());
  web.fire(signal, web.createEvent(Event, "abort"));
}

// DOM, "signal abort". Signals that depend on this one are aborted before any event tells so.
function signalAbort(signal, reason) {
  const state = stateOf(signal);
  if (state.isAborted) return;
  setReason(state, reason);
  const aborted = list(signal);
  const dependents = state.dependents?.all() ?? list();
  for (let i = 0; i < dependents.length; i++) {
    if (stateOf(dependents[i]).isAborted) continue;
    setReason(stateOf(dependents[i]), state.reason);
    append(aborted, dependents[i]);
  }
  state.dependents = undefined;
  for (let i = 0; i < aborted.length; i++) runAbortSteps(aborted[i]);
  for (let i = 0; i < aborted.length; i++) holdDependent(aborted[i]);
}

// ---- dependent signals

// A signal refers to those that depend on it weakly, so that one that lives long does not keep all that were ever made of
// it; but for those that somebody listens to, which might be in nobody's hands but ours.
function holdDependent(signal) {
  const state = stateOf(signal);
  if (!state.isDependent) return;
  const hasAlgorithms = state.algorithms !== undefined && sizeOf(state.algorithms) > 0;
  const isNeeded = !state.isAborted && (hasAlgorithms || web.hasListeners(signal, "abort"));
  for (let i = 0; i < state.links.length; i++) state.links[i].strong = isNeeded ? signal : undefined;
}

function depend(dependent, source) {
  const state = stateOf(dependent);
  for (let i = 0; i < state.sources.length; i++) if (weakTarget(state.sources[i]) === source) return;
  append(state.sources, new WeakRef(source));
  append(state.links, (stateOf(source).dependents ??= new web.WeakList()).add(dependent));
}

// On the sources of a signal that depends on some, else on itself.
function dependOn(dependent, signal) {
  const { isDependent, sources } = stateOf(signal);
  if (!isDependent) {
    depend(dependent, signal);
    return;
  }
  for (let i = 0; i < sources.length; i++) {
    const source = weakTarget(sources[i]);
    if (source !== undefined) depend(dependent, source);
  }
}

function createDependentSignal(signals) {
  const result = createSignal();
  const state = stateOf(result);
  for (let i = 0; i < signals.length; i++) {
    const { isAborted, reason } = stateOf(signals[i]);
    if (!isAborted) continue;
    setReason(state, reason);
    return result;
  }
  state.isDependent = true;
  state.sources = list();
  state.links = list();
  for (let i = 0; i < signals.length; i++) dependOn(result, signals[i]);
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
