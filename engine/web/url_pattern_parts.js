// The pattern of one component: from its text to parts, and from these to a regular expression and a canonical text.
// https://urlpattern.spec.whatwg.org/#patterns

const { apply } = Reflect;
const { exec } = RegExp.prototype;

// As RegExp.prototype.test, which would call what a program has put in the place of exec.
const fits = (regExp, text) => apply(exec, regExp, [text]) !== null;

const NAME_START = /[$_\p{ID_Start}]/u;
const NAME_PART = /[$_\u200c\u200d\p{ID_Continue}]/u;
const REGEXP_SYNTAX = ".+*?^${}()[]|/\\";
const PATTERN_SYNTAX = "+*?:{}()\\";

function escape(text, syntax) {
  let escaped = "";
  for (const character of text) escaped += syntax.includes(character) ? `\\${character}` : character;
  return escaped;
}

const isNamePart = (character, isFirst) => fits(isFirst ? NAME_START : NAME_PART, character);
const isAscii = (character) => character <= "\x7f";
const isDigit = (character) => character >= "0" && character <= "9";
const escapeRegExp = (text) => escape(text, REGEXP_SYNTAX);
const escapePattern = (text) => escape(text, PATTERN_SYNTAX);

// ---- tokens

const SINGLE = { "*": "asterisk", "+": "other-modifier", "?": "other-modifier", "{": "open", "}": "close" };

// Where a regular expression that begins behind the parenthesis at `start` - 1 ends, behind its own; -1: it is none.
function regExpEnd(characters, start) {
  let depth = 1;
  let at = start;
  while (at < characters.length) {
    const character = characters[at++];
    if (!isAscii(character) || (character === "?" && at - 1 === start)) return -1;
    if (character === "\\") {
      if (at === characters.length || !isAscii(characters[at])) return -1;
      at++;
    } else if (character === ")") {
      if (--depth === 0) return at - 1 > start ? at : -1;
    } else if (character === "(") {
      depth++;
      if (characters[at] !== "?") return -1;
    }
  }
  return -1;
}

function nameEnd(characters, start) {
  let at = start;
  while (at < characters.length && isNamePart(characters[at], at === start)) at++;
  return at;
}

// The type of the token that begins at `start`, where it ends, and where its value begins.
function tokenAt(characters, start) {
  const character = characters[start];
  const next = start + 1;
  if (Object.hasOwn(SINGLE, character)) return [SINGLE[character], next, start];
  if (character === "\\") return next < characters.length ? ["escaped-char", next + 1, next] : ["invalid-char", next, start];
  if (character === ":") {
    const end = nameEnd(characters, next);
    return end > next ? ["name", end, next] : ["invalid-char", next, start];
  }
  if (character === "(") {
    const end = regExpEnd(characters, next);
    return end > 0 ? ["regexp", end, next] : ["invalid-char", next, start];
  }
  return ["char", next, start];
}

// Tokens of `characters`, an array. Unless lenient, throws where one is invalid.
function tokenize(characters, isLenient) {
  const tokens = [];
  for (let index = 0; index < characters.length; ) {
    const [type, end, valueStart] = tokenAt(characters, index);
    if (type === "invalid-char" && !isLenient) {
      throw new TypeError(`Invalid pattern ${JSON.stringify(characters.join(""))}: "${characters[index]}" at ${index}`);
    }
    const value = characters.slice(valueStart, type === "regexp" ? end - 1 : end).join("");
    tokens.push({ type, index, value });
    index = end;
  }
  tokens.push({ type: "end", index: characters.length, value: "" });
  return tokens;
}

// ---- parts

// Parts have a type (fixed-text, regexp, segment-wildcard, full-wildcard), a value, a modifier ("", "?", "*", "+"), and, but for
// text, a name, a prefix and a suffix.
class Parser {
  #tokens;
  #index = 0;
  #text = "";
  #nextName = 0;
  #names = new Set();
  #options;
  #encode;
  parts = [];

  constructor(pattern, options, encode) {
    this.#tokens = tokenize([...pattern], false);
    this.#options = options;
    this.#encode = encode;
    while (this.#index < this.#tokens.length) this.#next();
  }

  #take(type) {
    return this.#tokens[this.#index].type === type ? this.#tokens[this.#index++] : undefined;
  }

  #takeMatcher(name) {
    return this.#take("regexp") ?? (name ? undefined : this.#take("asterisk"));
  }

  #takeModifier() {
    return (this.#take("other-modifier") ?? this.#take("asterisk"))?.value ?? "";
  }

  #takeText() {
    let text = "";
    for (let token; (token = this.#take("char") ?? this.#take("escaped-char")); ) text += token.value;
    return text;
  }

  #require(type) {
    const token = this.#take(type);
    if (!token) throw new TypeError(`Invalid pattern: unexpected ${JSON.stringify(this.#tokens[this.#index].value)}`);
    return token;
  }

  #next() {
    const character = this.#take("char");
    const name = this.#take("name");
    const matcher = this.#takeMatcher(name);
    if (name || matcher) {
      let prefix = character?.value ?? "";
      if (prefix !== this.#options.prefix) {
        this.#text += prefix;
        prefix = "";
      }
      this.#endText();
      this.#add(prefix, name, matcher, "", this.#takeModifier());
      return;
    }
    const fixed = character ?? this.#take("escaped-char");
    if (fixed) {
      this.#text += fixed.value;
    } else if (this.#take("open")) {
      this.#nextGroup();
    } else {
      this.#endText();
      this.#require("end");
    }
  }

  #nextGroup() {
    const prefix = this.#takeText();
    const name = this.#take("name");
    const matcher = this.#takeMatcher(name);
    const suffix = this.#takeText();
    this.#require("close");
    this.#add(prefix, name, matcher, suffix, this.#takeModifier());
  }

  #endText() {
    if (this.#text === "") return;
    const value = this.#encode(this.#text);
    this.#text = "";
    this.parts.push({ type: "fixed-text", value, modifier: "", name: "", prefix: "", suffix: "" });
  }

  #add(prefix, nameToken, matcher, suffix, modifier) {
    if (!nameToken && !matcher) {
      if (modifier === "") {
        this.#text += prefix;
        return;
      }
      this.#endText();
      if (prefix === "") return;
      this.parts.push({ type: "fixed-text", value: this.#encode(prefix), modifier, name: "", prefix: "", suffix: "" });
      return;
    }
    this.#endText();
    const [type, value] = this.#matched(matcher);
    const name = nameToken ? nameToken.value : `${this.#nextName++}`;
    if (this.#names.has(name)) throw new TypeError(`Invalid pattern: the name ${JSON.stringify(name)} occurs twice`);
    this.#names.add(name);
    this.parts.push({ type, value, modifier, name, prefix: this.#encode(prefix), suffix: this.#encode(suffix) });
  }

  #matched(matcher) {
    if (!matcher || matcher.value === segmentOf(this.#options)) return ["segment-wildcard", ""];
    return matcher.type === "asterisk" || matcher.value === ".*" ? ["full-wildcard", ""] : ["regexp", matcher.value];
  }
}

const segmentOf = (options) => `[^${escapeRegExp(options.delimiter)}]+?`;

// ---- what is made of parts

function matcherOf(part, options) {
  if (part.type === "segment-wildcard") return segmentOf(options);
  return part.type === "full-wildcard" ? ".*" : part.value;
}

function regExpOf(part, options) {
  const { modifier } = part;
  if (part.type === "fixed-text") {
    return modifier === "" ? escapeRegExp(part.value) : `(?:${escapeRegExp(part.value)})${modifier}`;
  }
  const matcher = matcherOf(part, options);
  const repeats = modifier === "*" || modifier === "+";
  if (part.prefix === "" && part.suffix === "") return repeats ? `((?:${matcher})${modifier})` : `(${matcher})${modifier}`;
  const prefix = escapeRegExp(part.prefix);
  const suffix = escapeRegExp(part.suffix);
  if (!repeats) return `(?:${prefix}(${matcher})${suffix})${modifier}`;
  const all = `(?:${prefix}((?:${matcher})(?:${suffix}${prefix}(?:${matcher}))*)${suffix})`;
  return modifier === "*" ? `${all}?` : all;
}

const firstOf = (text) => String.fromCodePoint(text.codePointAt(0));

// Whether a part, which stands between two others, must be in braces to be read again as it is.
function needsBraces(part, before, after, hasName, options) {
  if (part.suffix !== "" || (part.prefix !== "" && part.prefix !== options.prefix)) return true;
  if (hasName && part.type === "segment-wildcard" && part.modifier === "" && after && !after.prefix && !after.suffix) {
    if (after.type === "fixed-text" ? isNamePart(firstOf(after.value), false) : isDigit(after.name[0])) return true;
  }
  return part.prefix === "" && before?.type === "fixed-text" && before.value.at(-1) === options.prefix;
}

function patternOf(part, before, after, options) {
  if (part.type === "fixed-text") {
    const text = escapePattern(part.value);
    return part.modifier === "" ? text : `{${text}}${part.modifier}`;
  }
  const hasName = !isDigit(part.name[0]);
  const braces = needsBraces(part, before, after, hasName, options);
  let text = escapePattern(part.prefix) + (hasName ? `:${part.name}` : "");
  if (part.type === "regexp") {
    text += `(${part.value})`;
  } else if (part.type === "segment-wildcard") {
    if (!hasName) text += `(${segmentOf(options)})`;
    else if (part.suffix !== "" && isNamePart(firstOf(part.suffix), false)) text += "\\";
  } else {
    const isAlone = !before || before.type === "fixed-text" || before.modifier !== "" || braces || part.prefix !== "";
    text += !hasName && isAlone ? "*" : "(.*)";
  }
  text += escapePattern(part.suffix);
  return (braces ? `{${text}}` : text) + part.modifier;
}

// A component: its canonical text, whether it has regular expressions of its own, and match(input): the groups, or null.
function compileComponent(pattern, encode, options) {
  const { parts } = new Parser(pattern, options, encode);
  const source = `^${parts.map((part) => regExpOf(part, options)).join("")}$`;
  const names = parts.filter((part) => part.type !== "fixed-text").map((part) => part.name);
  let regExp;
  try {
    regExp = new RegExp(source, options.ignoreCase ? "vi" : "v");
  } catch (error) {
    throw new TypeError(`Invalid pattern ${JSON.stringify(pattern)}: ${error.message}`);
  }
  return {
    pattern: parts.map((part, i) => patternOf(part, parts[i - 1], parts[i + 1], options)).join(""),
    hasRegExpGroups: parts.some((part) => part.type === "regexp"),
    match(input) {
      const found = apply(exec, regExp, [input]);
      return found && { input, groups: Object.fromEntries(names.map((name, i) => [name, found[i + 1]])) };
    },
  };
}

web.urlPattern = { tokenize, compileComponent, escapePattern, fits };
