// MIME types: https://mimesniff.spec.whatwg.org/#parsing-a-mime-type

const { getFrom, isToken, normalize } = web.http;

const isSpace = (character) => character === " " || character === "\t" || character === "\n" || character === "\r";

function trimEnd(text) {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1])) end--;
  return text.slice(0, end);
}

// MIME Sniffing, "HTTP quoted-string token code points".
function isQuotable(text) {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

// Fetch, "collect an HTTP quoted string" with its value extracted: the value, and where it ends.
function quotedString(text, start) {
  let value = "";
  let i = start + 1;
  while (i < text.length && text[i] !== '"') {
    if (text[i] === "\\" && i + 1 < text.length) i++;
    value += text[i++];
  }
  return [value, Math.min(i + 1, text.length)];
}

function indexOrEnd(text, character, from) {
  const index = text.indexOf(character, from);
  return index === -1 ? text.length : index;
}

// MIME Sniffing, "parse a MIME type": `{ essence, parameters }`, or null.
function parseMimeType(text) {
  text = normalize(text);
  const slash = text.indexOf("/");
  if (slash === -1) return null;
  const type = text.slice(0, slash);
  let i = indexOrEnd(text, ";", slash);
  const subtype = trimEnd(text.slice(slash + 1, i));
  if (!isToken(type) || !isToken(subtype)) return null;
  const mime = { essence: `${type}/${subtype}`.toLowerCase(), parameters: new Map() };
  while (i < text.length) {
    i++;
    while (i < text.length && isSpace(text[i])) i++;
    const end = Math.min(indexOrEnd(text, ";", i), indexOrEnd(text, "=", i));
    const name = text.slice(i, end).toLowerCase();
    i = end;
    if (i >= text.length) break;
    if (text[i] === ";") continue;
    i++;
    let value;
    if (text[i] === '"') {
      [value, i] = quotedString(text, i);
      i = indexOrEnd(text, ";", i);
    } else {
      const start = i;
      i = indexOrEnd(text, ";", i);
      value = trimEnd(text.slice(start, i));
      if (value === "") continue;
    }
    if (isToken(name) && isQuotable(value) && !mime.parameters.has(name)) mime.parameters.set(name, value);
  }
  return mime;
}

// MIME Sniffing, "serialize a MIME type".
function serializeMimeType({ essence, parameters }) {
  let text = essence;
  for (const [name, value] of parameters) {
    text += `;${name}=${isToken(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
  }
  return text;
}

// Fetch, "get, decode, and split".
function splitValues(text) {
  const values = [];
  let value = "";
  for (let i = 0; i <= text.length; ) {
    if (i === text.length || text[i] === ",") {
      values.push(normalize(value));
      value = "";
      i++;
    } else if (text[i] === '"') {
      const [, end] = quotedString(text, i);
      value += text.slice(i, end);
      i = end;
    } else {
      value += text[i++];
    }
  }
  return values;
}

// Fetch, "extract a MIME type" from a header list; null where there is none.
function mimeTypeOf(list) {
  const header = getFrom(list, "content-type");
  if (header === null) return null;
  let mime = null;
  let charset;
  for (const value of splitValues(header)) {
    const next = parseMimeType(value);
    if (next === null || next.essence === "*/*") continue;
    if (next.essence !== mime?.essence) {
      charset = next.parameters.get("charset");
    } else if (!next.parameters.has("charset") && charset !== undefined) {
      next.parameters.set("charset", charset);
    }
    mime = next;
  }
  return mime;
}

Object.assign(web.http, {
  mimeTypeOf,
  parseMimeType,
  serializeMimeType,
});
