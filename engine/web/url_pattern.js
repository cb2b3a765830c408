// URLPattern: https://urlpattern.spec.whatwg.org/

const { webidl } = web;
const { tokenize, compileComponent, fits, canonical, processInit, DEFAULT_PORTS } = web.urlPattern;
const { URL } = globalThis;

const COMPONENTS = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];
const SPECIAL = Object.keys(DEFAULT_PORTS);
const PLAIN = { delimiter: "", prefix: "", ignoreCase: false };

const matchesSpecial = (component) => SPECIAL.some((protocol) => component.match(protocol));

// ---- from a text to components: https://urlpattern.spec.whatwg.org/#constructor-string-parsing

const BEFORE_HOSTNAME = ["protocol", "authority", "username", "password"];
const BEFORE_PATHNAME = [...BEFORE_HOSTNAME, "hostname", "port"];
const BEFORE_SEARCH = [...BEFORE_PATHNAME, "pathname"];

class ConstructorString {
  #characters;
  #tokens;
  #index = 0;
  #start = 0;
  #step = 1;
  #groups = 0;
  #brackets = 0;
  #isSpecial = false;
  #state = "init";
  result = {};

  constructor(text) {
    this.#characters = [...text];
    this.#tokens = tokenize(this.#characters, true);
    while (this.#state !== "done") {
      this.#step = 1;
      this.#next();
      this.#index += this.#step;
    }
    if (this.result.hostname !== undefined) this.result.port ??= "";
  }

  #next() {
    const { type } = this.#tokens[this.#index];
    if (type === "end") {
      this.#end();
    } else if (type === "open") {
      this.#groups++;
    } else {
      if (this.#groups > 0 && type !== "close") return;
      if (this.#groups > 0) this.#groups--;
      this.#states[this.#state]?.();
    }
  }

  #end() {
    if (this.#state === "init") {
      this.#rewind("init");
      if (this.#is("#")) this.#change("hash", 1);
      else if (this.#isSearch()) this.#change("search", 1);
      else this.#change("pathname", 0);
    } else if (this.#state === "authority") {
      this.#rewind("hostname");
    } else {
      this.#change("done", 0);
    }
  }

  #states = {
    __proto__: null,
    init: () => {
      if (this.#is(":")) this.#rewind("protocol");
    },
    protocol: () => {
      if (!this.#is(":")) return;
      this.#isSpecial = matchesSpecial(compileComponent(this.#component(), canonical.protocol, PLAIN));
      if (this.#is("/", 1) && this.#is("/", 2)) this.#change("authority", 3);
      else this.#change(this.#isSpecial ? "authority" : "pathname", 1);
    },
    authority: () => {
      if (this.#is("@")) this.#rewind("username");
      else if (this.#is("/") || this.#isSearch() || this.#is("#")) this.#rewind("hostname");
    },
    username: () => {
      if (this.#is(":")) this.#change("password", 1);
      else if (this.#is("@")) this.#change("hostname", 1);
    },
    password: () => {
      if (this.#is("@")) this.#change("hostname", 1);
    },
    hostname: () => {
      if (this.#is("[")) this.#brackets++;
      else if (this.#is("]")) this.#brackets--;
      else if (this.#is(":") && this.#brackets === 0) this.#change("port", 1);
      else this.#states.port();
    },
    port: () => {
      if (this.#is("/")) this.#change("pathname", 0);
      else this.#states.pathname();
    },
    pathname: () => {
      if (this.#isSearch()) this.#change("search", 1);
      else this.#states.search();
    },
    search: () => {
      if (this.#is("#")) this.#change("hash", 1);
    },
  };

  #rewind(state) {
    this.#index = this.#start;
    this.#step = 0;
    this.#state = state;
  }

  #change(state, skipped) {
    const { result } = this;
    const before = this.#state;
    if (before !== "init" && before !== "authority") result[before] = this.#component();
    if (before !== "init" && state !== "done") this.#fillBetween(before, state);
    this.#state = state;
    this.#index += skipped;
    this.#start = this.#index;
    this.#step = 0;
  }

  #fillBetween(before, state) {
    const { result } = this;
    const isTail = state === "search" || state === "hash";
    if (BEFORE_HOSTNAME.includes(before) && (isTail || state === "port" || state === "pathname")) result.hostname ??= "";
    if (BEFORE_PATHNAME.includes(before) && isTail) result.pathname ??= this.#isSpecial ? "/" : "";
    if (BEFORE_SEARCH.includes(before) && state === "hash") result.search ??= "";
  }

  #component() {
    return this.#characters.slice(this.#tokens[this.#start].index, this.#tokens[this.#index].index).join("");
  }

  #is(character, ahead = 0) {
    const token = this.#tokens[this.#index + ahead] ?? this.#tokens.at(-1);
    return token.value === character && ["char", "escaped-char", "invalid-char"].includes(token.type);
  }

  // A "?" behind what can repeat makes that optional.
  #isSearch() {
    if (this.#is("?")) return true;
    if (this.#tokens[this.#index].value !== "?") return false;
    return !["name", "regexp", "close", "asterisk"].includes(this.#tokens[this.#index - 1]?.type);
  }
}

// ---- components

function isAddress(hostname) {
  return fits(/^(?:\[|[{\\]\[)/, hostname) && hostname.length > 1;
}

function compile(init, ignoreCase) {
  const texts = processInit(init, true, {});
  for (const component of COMPONENTS) texts[component] ??= "*";
  if (texts.protocol in DEFAULT_PORTS && DEFAULT_PORTS[texts.protocol] === texts.port) texts.port = "";
  const components = {};
  const add = (name, options = {}, encode = canonical[name]) => {
    components[name] = compileComponent(texts[name], (text) => encode(text), { ...PLAIN, ...options });
  };
  add("protocol");
  add("username");
  add("password");
  add("hostname", { delimiter: "." }, isAddress(texts.hostname) ? canonical.addressHostname : canonical.hostname);
  add("port");
  if (matchesSpecial(components.protocol)) add("pathname", { delimiter: "/", prefix: "/", ignoreCase });
  else add("pathname", { ignoreCase }, canonical.opaquePathname);
  add("search", { ignoreCase });
  add("hash", { ignoreCase });
  return components;
}

function parts(url) {
  return {
    protocol: url.protocol.slice(0, -1),
    username: url.username,
    password: url.password,
    hostname: url.hostname,
    port: url.port,
    pathname: url.pathname,
    search: url.search.slice(1),
    hash: url.hash.slice(1),
  };
}

// The components of what is to be matched; null: it is no URL.
function matched(input, base) {
  if (typeof input === "string") {
    const url = URL.parse(input, base);
    return url && parts(url);
  }
  if (base !== undefined) throw new TypeError("URLPattern: a base URL is for a string, and this is a URLPatternInit");
  try {
    return processInit(input, false, Object.fromEntries(COMPONENTS.map((component) => [component, ""])));
  } catch {
    return null;
  }
}

// ---- the interface

const INIT_MEMBERS = ["baseURL", "hash", "hostname", "password", "pathname", "port", "protocol", "search", "username"];

const toInit = webidl.dictionary(
  "URLPatternInit",
  INIT_MEMBERS.map((key) => ({ key, convert: webidl.USVString })),
);
const toOptions = webidl.dictionary("URLPatternOptions", [{ key: "ignoreCase", convert: webidl.boolean, default: () => false }]);

function toInput(value, context) {
  return value === undefined || value === null || webidl.isObject(value) ? toInit(value, context) : webidl.USVString(value, context);
}

function parsePattern(input, base) {
  if (typeof input !== "string") {
    if (base !== undefined) throw new TypeError("URLPattern constructor: a base URL is for a string, and this is a URLPatternInit");
    return input;
  }
  const { result } = new ConstructorString(input);
  if (base !== undefined) result.baseURL = base;
  else if (result.protocol === undefined) throw new TypeError("URLPattern constructor: a pattern without a protocol needs a base URL");
  return result;
}

class URLPattern {
  #components;

  constructor(input = {}, baseURLOrOptions = undefined, options = undefined) {
    const pattern = toInput(input, "URLPattern constructor: input");
    const hasBase = arguments.length > 2 || !(baseURLOrOptions === undefined || baseURLOrOptions === null || webidl.isObject(baseURLOrOptions));
    const base = hasBase ? webidl.USVString(baseURLOrOptions, "URLPattern constructor: baseURL") : undefined;
    const { ignoreCase } = toOptions(hasBase ? options : baseURLOrOptions, "URLPattern constructor: options");
    this.#components = compile(parsePattern(pattern, base), ignoreCase);
  }

  test(input = {}, baseURL = undefined) {
    return this.#match(input, baseURL, "URLPattern.test") !== null;
  }

  exec(input = {}, baseURL = undefined) {
    return this.#match(input, baseURL, "URLPattern.exec");
  }

  #match(input, baseURL, context) {
    const components = this.#components;
    const given = toInput(input, `${context}: input`);
    const base = baseURL === undefined ? undefined : webidl.USVString(baseURL, `${context}: baseURL`);
    const texts = matched(given, base);
    if (!texts) return null;
    const result = { inputs: base === undefined ? [given] : [given, base] };
    for (const component of COMPONENTS) {
      result[component] = components[component].match(texts[component]);
      if (!result[component]) return null;
    }
    return result;
  }

  get protocol() {
    return this.#components.protocol.pattern;
  }

  get username() {
    return this.#components.username.pattern;
  }

  get password() {
    return this.#components.password.pattern;
  }

  get hostname() {
    return this.#components.hostname.pattern;
  }

  get port() {
    return this.#components.port.pattern;
  }

  get pathname() {
    return this.#components.pathname.pattern;
  }

  get search() {
    return this.#components.search.pattern;
  }

  get hash() {
    return this.#components.hash.pattern;
  }

  get hasRegExpGroups() {
    return COMPONENTS.some((component) => this.#components[component].hasRegExpGroups);
  }
}

webidl.define(URLPattern);
web.define({ URLPattern });
