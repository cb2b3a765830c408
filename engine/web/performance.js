// Performance, its timeline and user timing: https://w3c.github.io/hr-time/, https://w3c.github.io/performance-timeline/,
// https://w3c.github.io/user-timing/. There are entries of two types here: "mark" and "measure".
//
// For other scripts: web.timeline: entries(); select(entries, name, type), as an array; typeOf(entry); and tell(entry), which is
// called for a new one

if (globalThis.performance === undefined) return; // the engine was made without clocks

const { now, timeOrigin, serialize, deserialize } = web.native;
const { webidl, EventTarget } = web;
const { any, dictionary, double, DOMString, isObject, requireArguments } = webidl;
const { append, list, shown, uncurry } = web.builtins;
const { keys } = Object;
const sort = uncurry(Array.prototype.sort);

function clone(value) {
  return serialize === undefined ? value : deserialize(serialize(value))[0];
}

// ---- entries

let slotsOf; // throws a TypeError for what is no entry
let made; // the slots of an entry that is being made: no argument of `super`, in whose place a program can put a function

class PerformanceEntry {
  #entry;

  static {
    slotsOf = (entry) => entry.#entry;
  }

  constructor() {
    webidl.requireKey(made && webidl.key);
    this.#entry = made;
    made = undefined;
  }

  get name() {
    return this.#entry.name;
  }

  get entryType() {
    return this.#entry.entryType;
  }

  get startTime() {
    return this.#entry.startTime;
  }

  get duration() {
    return this.#entry.duration;
  }

  toJSON() {
    const { name, entryType, startTime, duration } = this.#entry;
    const json = { name, entryType, startTime, duration };
    if (this.#entry.detail !== undefined) json.detail = this.#entry.detail;
    return json;
  }
}

webidl.define(PerformanceEntry);

const toMarkOptions = dictionary("PerformanceMarkOptions", [
  { key: "detail", convert: any },
  { key: "startTime", convert: double },
]);

function detailOf(options) {
  return options.detail === undefined || options.detail === null ? null : clone(options.detail);
}

class PerformanceMark extends PerformanceEntry {
  #detail;

  constructor(markName, markOptions = undefined) {
    requireArguments(arguments.length, 1, "PerformanceMark constructor");
    const name = DOMString(markName, "PerformanceMark constructor: markName");
    const options = toMarkOptions(markOptions, "PerformanceMark constructor: markOptions");
    const startTime = options.startTime ?? now();
    if (startTime < 0) throw new TypeError("PerformanceMark constructor: markOptions, \"startTime\" is negative");
    const detail = detailOf(options);
    made = { __proto__: null, name, entryType: "mark", startTime, duration: 0, detail };
    super();
    this.#detail = detail;
  }

  get detail() {
    return this.#detail;
  }
}

webidl.define(PerformanceMark);

class PerformanceMeasure extends PerformanceEntry {
  #detail;

  constructor() {
    webidl.requireKey(arguments[0]);
    made = arguments[1];
    super();
    this.#detail = slotsOf(this).detail;
  }

  get detail() {
    return this.#detail;
  }
}

webidl.define(PerformanceMeasure);

// ---- the timeline: in the order in which they came, and shown by start time

let entries = list();

function add(entry) {
  slotsOf(entry);
  append(entries, entry);
  web.timeline.tell(entry);
  return entry;
}

function isOf(entry, name, type) {
  const slots = slotsOf(entry);
  return (name === undefined || slots.name === name) && (type === undefined || slots.entryType === type);
}

function select(all, name, type) {
  const found = list();
  for (let i = 0; i < all.length; i++) if (isOf(all[i], name, type)) append(found, all[i]);
  return shown(sort(found, (a, b) => slotsOf(a).startTime - slotsOf(b).startTime));
}

function clear(type, name) {
  const left = list();
  for (let i = 0; i < entries.length; i++) if (!isOf(entries[i], name, type)) append(left, entries[i]);
  entries = left;
}

// ---- measures

// (DOMString or double)
function toTime(value, context) {
  return typeof value === "number" ? double(value, context) : DOMString(value, context);
}

const toMeasureOptions = dictionary("PerformanceMeasureOptions", [
  { key: "detail", convert: any },
  { key: "start", convert: toTime },
  { key: "duration", convert: double },
  { key: "end", convert: toTime },
]);

// "convert a mark to a timestamp"
function timeOf(mark) {
  if (typeof mark === "number") {
    if (mark < 0) throw new TypeError("Performance.measure: a time is negative");
    return mark;
  }
  for (let i = entries.length - 1; i >= 0; i--) {
    if (isOf(entries[i], mark, "mark")) return slotsOf(entries[i]).startTime;
  }
  throw new DOMException(`There is no mark "${mark}"`, "SyntaxError");
}

function endOf(options, endMark) {
  if (endMark !== undefined) return timeOf(endMark);
  if (options.end !== undefined) return timeOf(options.end);
  if (options.start !== undefined && options.duration !== undefined) return timeOf(options.start) + timeOf(options.duration);
  return now();
}

function startOf(options) {
  if (options.start !== undefined) return timeOf(options.start);
  if (options.duration !== undefined && options.end !== undefined) return timeOf(options.end) - timeOf(options.duration);
  return 0;
}

// (DOMString or PerformanceMeasureOptions), as options
function toStart(value) {
  const context = "Performance.measure: startOrMeasureOptions";
  if (value === undefined || value === null || isObject(value)) return toMeasureOptions(value, context);
  return { __proto__: null, start: DOMString(value, context) };
}

function checkMeasureOptions({ start, duration, end }, endMark) {
  const fail = (problem) => {
    throw new TypeError(`Performance.measure: ${problem}`);
  };
  if (endMark !== undefined) fail("the options and endMark exclude each other");
  if (start === undefined && end === undefined) fail("the options have neither a start nor an end");
  if (start !== undefined && duration !== undefined && end !== undefined) fail("the options have a start, a duration and an end");
}

// ---- Performance

class Performance extends EventTarget {
  #isPerformance;

  constructor() {
    webidl.requireKey(arguments[0]);
    super();
  }

  get timeOrigin() {
    this.#isPerformance;
    return timeOrigin();
  }

  now() {
    this.#isPerformance;
    return now();
  }

  toJSON() {
    this.#isPerformance;
    return { timeOrigin: timeOrigin() };
  }

  getEntries() {
    this.#isPerformance;
    return select(entries);
  }

  getEntriesByType(type) {
    this.#isPerformance;
    requireArguments(arguments.length, 1, "Performance.getEntriesByType");
    return select(entries, undefined, DOMString(type, "Performance.getEntriesByType: type"));
  }

  getEntriesByName(name, type = undefined) {
    this.#isPerformance;
    requireArguments(arguments.length, 1, "Performance.getEntriesByName");
    const text = DOMString(name, "Performance.getEntriesByName: name");
    return select(entries, text, type === undefined ? undefined : DOMString(type, "Performance.getEntriesByName: type"));
  }

  mark(markName, markOptions = undefined) {
    this.#isPerformance;
    requireArguments(arguments.length, 1, "Performance.mark");
    return add(new PerformanceMark(markName, markOptions));
  }

  clearMarks(markName = undefined) {
    this.#isPerformance;
    clear("mark", markName === undefined ? undefined : DOMString(markName, "Performance.clearMarks: markName"));
  }

  measure(measureName, startOrMeasureOptions = undefined, endMark = undefined) {
    this.#isPerformance;
    requireArguments(arguments.length, 1, "Performance.measure");
    const name = DOMString(measureName, "Performance.measure: measureName");
    const options = toStart(startOrMeasureOptions);
    const end = endMark === undefined ? undefined : DOMString(endMark, "Performance.measure: endMark");
    if (isObject(startOrMeasureOptions) && keys(options).length) checkMeasureOptions(options, end);
    const endTime = endOf(options, end);
    const startTime = startOf(options);
    const measure = { __proto__: null, name, entryType: "measure", startTime, duration: endTime - startTime, detail: detailOf(options) };
    return add(new PerformanceMeasure(webidl.key, measure));
  }

  clearMeasures(measureName = undefined) {
    this.#isPerformance;
    clear("measure", measureName === undefined ? undefined : DOMString(measureName, "Performance.clearMeasures: measureName"));
  }
}

webidl.define(Performance);

web.timeline = { __proto__: null, entries: () => entries, select, typeOf: (entry) => slotsOf(entry).entryType, tell() {} };
web.define({ Performance, PerformanceEntry, PerformanceMark, PerformanceMeasure });
web.operations({ performance: new Performance(webidl.key) });
