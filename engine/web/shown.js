// How the console shows objects of the platform: as Node does, by their members. A console runs no code of the program, so what reads them is
// taken from the interfaces now, and is ours.

const { append, list } = web.builtins;
const { apply, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

function getterOf(prototype, member) {
  for (let holder = prototype; ; holder = getPrototypeOf(holder)) {
    const descriptor = getOwnPropertyDescriptor(holder, member);
    if (descriptor) return descriptor.get;
  }
}

// `more` adds members that no getter of the interface has.
function show(name, members, more = undefined) {
  const Interface = globalThis[name];
  if (Interface === undefined) return; // the realm has no such area
  const getters = members.map((member) => getterOf(Interface.prototype, member));
  web.serializers.show(Interface, (object) => {
    const shown = { __proto__: null };
    for (let i = 0; i < members.length; i++) shown[members[i]] = apply(getters[i], object, []);
    more?.(object, shown);
    return shown;
  });
}

// As a Map, of keys that may occur more than once.
function showPairs(name) {
  const Interface = globalThis[name];
  if (Interface === undefined) return;
  const { forEach } = Interface.prototype;
  web.serializers.show(Interface, (object) => {
    const shown = list();
    const add = (value, key) => {
      append(shown, key);
      append(shown, value);
    };
    apply(forEach, object, [add]);
    return shown;
  });
}

const LOCATION = ["protocol", "username", "password", "host", "hostname", "port", "pathname", "search"];

show("URL", ["href", "origin", ...LOCATION, "searchParams", "hash"]);
showPairs("URLSearchParams");
show("URLPattern", ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"]);

const EVENT = ["type", "defaultPrevented", "cancelable", "timeStamp"];
const trust = (event, shown) => {
  shown.isTrusted = web.stateOfEvent(event).isTrusted;
};

show("Event", EVENT, trust);
show("CustomEvent", [...EVENT, "detail"], trust);
show("ErrorEvent", [...EVENT, "message", "filename", "lineno", "colno", "error"], trust);
show("PromiseRejectionEvent", [...EVENT, "promise", "reason"], trust);
show("MessageEvent", [...EVENT, "data", "origin", "lastEventId", "source", "ports"], trust);
show("AbortController", ["signal"]);
show("AbortSignal", ["aborted"]);
show("BroadcastChannel", ["name"]);
show("MessageChannel", ["port1", "port2"]);

show("Blob", ["size", "type"]);
show("File", ["size", "type", "name", "lastModified"]);
showPairs("FormData");

const ENTRY = ["name", "entryType", "startTime", "duration"];

show("PerformanceEntry", ENTRY);
show("PerformanceMark", [...ENTRY, "detail"]);
show("PerformanceMeasure", [...ENTRY, "detail"]);
show("Navigator", ["userAgent", "platform", "hardwareConcurrency", "language", "languages"]);
show("CryptoKey", ["type", "extractable", "algorithm", "usages"]);



show("Request", ["method", "url", "headers", "redirect", "bodyUsed", "signal"]);
show("Response", ["status", "statusText", "headers", "bodyUsed", "ok", "redirected", "type", "url"]);
if (web.http !== undefined) {
  const { listOf } = web.http;
  web.serializers.show(globalThis.Headers, (headers) => {
    const shown = { __proto__: null };
    const entries = listOf(headers);
    for (let i = 0; i < entries.length; i++) {
      const { key, value } = entries[i];
      shown[key] = shown[key] === undefined ? value : shown[key] + ", " + value;
    }
    return shown;
  });
}
