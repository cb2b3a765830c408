// Parts of a URL as the URL parser would write them: https://urlpattern.spec.whatwg.org/#canon
//
// Each takes a text and returns another, or throws a TypeError. The parser is asked through the members of a URL. These refuse a
// value silently, so it is tried with two URLs: what is refused leaves each of them as it was.

const { fits, escapePattern } = web.urlPattern;
const { URL } = globalThis;

const DEFAULT_PORTS = { __proto__: null, ftp: "21", file: "", http: "80", https: "443", ws: "80", wss: "443" };
const isSpecial = (protocol) => protocol in DEFAULT_PORTS;
const isNetwork = (protocol) => isSpecial(protocol) && protocol !== "file";

function fail(what, value) {
  return new TypeError(`Invalid ${what} ${JSON.stringify(value)}`);
}

function setMember(member, value, before, ...hrefs) {
  for (let i = 0; i < 2; i++) {
    const url = new URL(hrefs[i]);
    url[member] = value;
    if (url[member] !== before[i]) return url[member];
  }
  throw fail(member, value);
}

function protocol(value) {
  if (value === "") return value;
  const url = URL.parse(`${value}://dummy.invalid/`);
  if (!url) throw fail("protocol", value);
  return url.protocol.slice(0, -1);
}

function credential(member) {
  return (value) => {
    const url = new URL("https://dummy.invalid/");
    url[member] = value;
    return url[member];
  };
}

function hostname(value) {
  if (value === "") return value;
  return setMember("hostname", value, ["a.invalid", "b.invalid"], "https://a.invalid/", "https://b.invalid/");
}

function addressHostname(value) {
  if (!fits(/^[0-9A-Fa-f[\]:]*$/, value)) throw fail("hostname", value);
  return value.toLowerCase();
}

function port(value, scheme = "") {
  if (value === "") return value;
  const known = isNetwork(scheme) ? scheme : "x";
  return setMember("port", value, ["8", "9"], `${known}://dummy.invalid:8/`, `${known}://dummy.invalid:9/`);
}

function pathname(value) {
  if (value === "") return value;
  const url = new URL("https://dummy.invalid/");
  const isAbsolute = value[0] === "/";
  url.pathname = isAbsolute ? value : `/-${value}`;
  return isAbsolute ? url.pathname : url.pathname.slice(2);
}

function opaquePathname(value) {
  return value === "" ? value : new URL(`data:${value}?`).pathname;
}

function tail(member, mark) {
  return (value) => {
    if (value === "") return value;
    const url = new URL("https://dummy.invalid/");
    url[member] = mark + value;
    return url[member].slice(1);
  };
}

// ---- a URLPatternInit: https://urlpattern.spec.whatwg.org/#process-a-urlpatterninit

const strip = (text, mark) => (text.startsWith(mark) ? text.slice(1) : text);

const canonical = {
  protocol,
  username: credential("username"),
  password: credential("password"),
  hostname,
  addressHostname,
  port,
  pathname,
  opaquePathname,
  search: tail("search", "?"),
  hash: tail("hash", "#"),
};

// What of a base a member is taken from, when neither it nor one of these is given.
const INHERITED = {
  protocol: [(url) => url.protocol.slice(0, -1), []],
  username: [(url) => url.username, ["protocol", "hostname", "port"]],
  password: [(url) => url.password, ["protocol", "hostname", "port", "username"]],
  hostname: [(url) => url.hostname, ["protocol"]],
  port: [(url) => url.port, ["protocol", "hostname"]],
  pathname: [(url) => url.pathname, ["protocol", "hostname", "port"]],
  search: [(url) => url.search.slice(1), ["protocol", "hostname", "port", "pathname"]],
  hash: [(url) => url.hash.slice(1), ["protocol", "hostname", "port", "pathname", "search"]],
};

function inherit(init, result, base, isPattern) {
  for (const [member, [read, earlier]] of Object.entries(INHERITED)) {
    if (init[member] !== undefined || earlier.some((other) => init[other] !== undefined)) continue;
    if (isPattern && (member === "username" || member === "password")) continue;
    result[member] = isPattern ? escapePattern(read(base)) : read(base);
  }
}

function isAbsolutePathname(path, isPattern) {
  return path.startsWith("/") || (isPattern && (path.startsWith("\\/") || path.startsWith("{/")));
}

function hasOpaquePath(url) {
  return !url.pathname.startsWith("/") && !isSpecial(url.protocol.slice(0, -1));
}

function resolvePathname(path, base, isPattern) {
  if (!base || hasOpaquePath(base) || isAbsolutePathname(path, isPattern)) return path;
  const basePath = isPattern ? escapePattern(base.pathname) : base.pathname;
  return basePath.slice(0, basePath.lastIndexOf("/") + 1) + path;
}

// The members of a pattern (isPattern), as they are, or of a URL, canonical: of `init`, else of its base, else of `result`.
function processInit(init, isPattern, result) {
  const base = init.baseURL === undefined ? null : URL.parse(init.baseURL);
  if (base) inherit(init, result, base, isPattern);
  else if (init.baseURL !== undefined) throw fail("base URL", init.baseURL);
  const given = { ...init };
  if (given.protocol?.endsWith(":")) given.protocol = given.protocol.slice(0, -1);
  if (given.pathname !== undefined) given.pathname = resolvePathname(given.pathname, base, isPattern);
  if (given.search !== undefined) given.search = strip(given.search, "?");
  if (given.hash !== undefined) given.hash = strip(given.hash, "#");
  for (const member of Object.keys(INHERITED)) {
    if (given[member] === undefined) continue;
    const scheme = result.protocol ?? "";
    const isOpaque = member === "pathname" && scheme !== "" && !isSpecial(scheme);
    const write = isOpaque ? opaquePathname : canonical[member];
    result[member] = isPattern ? given[member] : write(given[member], scheme);
  }
  return result;
}

Object.assign(web.urlPattern, { canonical, processInit, DEFAULT_PORTS });
