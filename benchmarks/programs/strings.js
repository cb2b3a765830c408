// String building: concatenation, join, templates, split, replaceAll, slices, character codes, padding, Unicode.
(() => {
  let seed = 5;
  const random = (below) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;

  let sum = 0;
  const mix = (text) => {
    for (let i = 0; i < text.length; i += 41) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) | 0;
  };

  function byConcatenation(count) {
    let text = "";
    for (let i = 0; i < count; i++) text += String.fromCharCode(97 + random(26));
    return text;
  }

  function byTemplates(count) {
    const rows = [];
    for (let i = 0; i < count; i++) {
      rows.push(`<li id="${i}" class="${i % 2 ? "odd" : "even"}">Item ${i * 7}: ${"*".repeat(i % 5)}</li>`);
    }
    return `<ul>\n${rows.join("\n")}\n</ul>`;
  }

  function caesar(text, shift) {
    const codes = [];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      codes.push(code >= 97 && code < 123 ? ((code - 97 + shift) % 26) + 97 : code);
    }
    return String.fromCharCode(...codes);
  }

  function distance(a, b) {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next.push(a[i - 1] === b[j - 1] ? row[j - 1] : 1 + Math.min(row[j - 1], row[j], next[j - 1]));
      }
      row = next;
    }
    return row[b.length];
  }

  const letters = byConcatenation(36000);
  mix(letters);
  for (let at = 0; at < letters.length; at += 3000) mix(caesar(letters.slice(at, at + 3000), 3));
  const page = byTemplates(2000);
  mix(page.replaceAll("Item", "Thing").toUpperCase());
  for (const line of page.split("\n")) {
    const [id, ...rest] = line.trim().split('"');
    sum = (sum + id.length + rest.length + line.indexOf("class") + line.lastIndexOf("*")) | 0;
    if (line.startsWith("<li") && line.includes("odd") && line.endsWith("</li>")) sum = (sum + 1) | 0;
  }
  sum = (sum + distance(letters.substring(0, 200), letters.substring(2000, 2200))) | 0;

  let table = "";
  for (let i = 0; i < 5000; i++) {
    const mark = i % 9 ? "\u2713" : "\u{1f600}";
    table += `${String(i).padStart(6, "0")}|${letters.slice(i, i + 8).padEnd(12)}|${mark}\n`;
  }
  for (const character of table.slice(0, 20000)) if (character.codePointAt(0) > 127) sum = (sum + character.length) | 0;
  mix(table.normalize("NFC"));
  mix([...letters.slice(0, 8000)].reverse().join(""));
  mix(encodeURIComponent(table.slice(0, 8000)));
  return sum;
})();
