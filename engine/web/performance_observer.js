// PerformanceObserver: https://w3c.github.io/performance-timeline/#the-performanceobserver-interface

if (web.timeline === undefined) return; // there is no performance

const { after } = web.native;
const { webidl, timeline } = web;
const { boolean, callbackFunction, dictionary, DOMString, requireArguments, sequence } = webidl;
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

const registered = []; // observers, in the order in which they came
let isQueued = false;

function queueCallbacks() {
  if (isQueued) return;
  isQueued = true;
  after(() => {
    isQueued = false;
    [...registered].forEach(callObserver);
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

let callObserver;
let observes; // whether an observer is for entries of a type
let give;

class PerformanceObserver {
  #callback;
  #kind = undefined; // "single" or "multiple", once it has observed
  #types = new Set();
  #entries = [];
  #saysDropped = false;

  static {
    observes = (observer, type) => observer.#types.has(type);
    give = (observer, entry) => observer.#entries.push(entry);
    callObserver = (observer) => {
      const entries = observer.#entries.splice(0);
      if (entries.length === 0) return;
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
    const types = (init.entryTypes ?? [init.type]).filter((type) => SUPPORTED.includes(type));
    if (types.length === 0) return;
    if (init.entryTypes !== undefined) this.#types = new Set(types);
    else this.#types.add(init.type);
    if (!registered.includes(this)) registered.push(this);
    if (!init.buffered) return;
    this.#entries.push(...timeline.select(timeline.entries, undefined, init.type));
    queueCallbacks();
  }

  disconnect() {
    this.#types = new Set();
    this.#kind = undefined;
    this.#entries = [];
    const index = registered.indexOf(this);
    if (index >= 0) registered.splice(index, 1);
  }

  takeRecords() {
    return this.#entries.splice(0);
  }
}

webidl.define(PerformanceObserver);

timeline.tell = (entry) => {
  const interested = registered.filter((observer) => observes(observer, entry.entryType));
  interested.forEach((observer) => give(observer, entry));
  if (interested.length) queueCallbacks();
};

web.define({ PerformanceObserver, PerformanceObserverEntryList });
