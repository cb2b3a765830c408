// PerformanceObserver: https://w3c.github.io/performance-timeline/#the-performanceobserver-interface

if (web.timeline === undefined) return; // there is no performance

const { after } = web.native;
const { webidl, timeline } = web;
const { boolean, callbackFunction, dictionary, DOMString, requireArguments, sequence } = webidl;
const { append, includes, list, remove, shown } = web.builtins;
const { apply } = Reflect;

const SUPPORTED = Object.freeze(["mark", "measure"]);

class PerformanceObserverEntryList {
  #entries;

  constructor() {
    webidl.requireKey(arguments[0]);
    this.#entries = arguments[1];
  }

  getEntries() {
    return timeline.select(this.#entries);
  }

  getEntriesByType(type) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "PerformanceObserverEntryList.getEntriesByType");
    return timeline.select(entries, undefined, DOMString(type, "PerformanceObserverEntryList.getEntriesByType: type"));
  }

  getEntriesByName(name, type = undefined) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "PerformanceObserverEntryList.getEntriesByName");
    const text = DOMString(name, "PerformanceObserverEntryList.getEntriesByName: name");
    const kind = type === undefined ? undefined : DOMString(type, "PerformanceObserverEntryList.getEntriesByName: type");
    return timeline.select(entries, text, kind);
  }
}

webidl.define(PerformanceObserverEntryList);

// ---- those that observe

const toInit = dictionary("PerformanceObserverInit", [
  { key: "entryTypes", convert: sequence(DOMString) },
  { key: "type", convert: DOMString },
  { key: "buffered", convert: boolean },
]);

const registered = list(); // observers, in the order in which they came
let isQueued = false;

function queueCallbacks() {
  if (isQueued) return;
  isQueued = true;
  after(() => {
    isQueued = false;
    const observers = shown(registered);
    for (let i = 0; i < observers.length; i++) callObserver(observers[i]);
  }, 0);
}

function checkInit({ entryTypes, type, buffered }, kind) {
  if (entryTypes === undefined && type === undefined) {
    throw new TypeError("PerformanceObserver.observe: the options have neither entryTypes nor a type");
  }
  if (entryTypes !== undefined && (type !== undefined || buffered !== undefined)) {
    throw new TypeError("PerformanceObserver.observe: nothing can stand beside entryTypes");
  }
  if (kind !== undefined && kind !== (type === undefined ? "multiple" : "single")) {
    const problem = "An observer of entryTypes cannot observe a type, nor the other way round";
    throw new DOMException(problem, "InvalidModificationError");
  }
}

function supported(types) {
  const found = list();
  for (let i = 0; i < types.length; i++) if (includes(SUPPORTED, types[i])) append(found, types[i]);
  return found;
}

let callObserver;
let observes; // whether an observer is for entries of a type
let give;

class PerformanceObserver {
  #callback;
  #kind = undefined; // "single" or "multiple", once it has observed
  #types = list();
  #entries = list();
  #saysDropped = false;

  static {
    observes = (observer, type) => includes(observer.#types, type);
    give = (observer, entry) => append(observer.#entries, entry);
    callObserver = (observer) => {
      const entries = observer.#entries;
      if (entries.length === 0) return;
      observer.#entries = list();
      const options = observer.#saysDropped ? { droppedEntriesCount: 0 } : {};
      observer.#saysDropped = false;
      try {
        apply(observer.#callback, observer, [new PerformanceObserverEntryList(webidl.key, entries), observer, options]);
      } catch (error) {
        web.report(error);
      }
    };
  }

  constructor(callback) {
    requireArguments(arguments.length, 1, "PerformanceObserver constructor");
    this.#callback = callbackFunction(callback, "PerformanceObserver constructor: callback");
  }

  static get supportedEntryTypes() {
    return SUPPORTED;
  }

  observe(options = undefined) {
    const kind = this.#kind;
    const init = toInit(options, "PerformanceObserver.observe: options");
    checkInit(init, kind);
    this.#kind = init.type === undefined ? "multiple" : "single";
    this.#saysDropped = true;
    const types = supported(init.entryTypes ?? [init.type]);
    if (types.length === 0) return;
    if (init.entryTypes !== undefined) this.#types = types;
    else if (!includes(this.#types, init.type)) append(this.#types, init.type);
    if (!includes(registered, this)) append(registered, this);
    if (!init.buffered) return;
    const earlier = timeline.select(timeline.entries(), undefined, init.type);
    for (let i = 0; i < earlier.length; i++) append(this.#entries, earlier[i]);
    queueCallbacks();
  }

  disconnect() {
    this.#types = list();
    this.#kind = undefined;
    this.#entries = list();
    remove(registered, this);
  }

  takeRecords() {
    const entries = this.#entries;
    this.#entries = list();
    return shown(entries);
  }
}

webidl.define(PerformanceObserver);

timeline.tell = (entry) => {
  for (let i = 0; i < registered.length; i++) {
    if (!observes(registered[i], timeline.typeOf(entry))) continue;
    give(registered[i], entry);
    queueCallbacks();
  }
};

web.define({ PerformanceObserver, PerformanceObserverEntryList });
