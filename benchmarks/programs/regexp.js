// Regular expressions over made-up log lines, HTML and DNA: test, exec with groups, matchAll, replace, split.
(() => {
  let seed = 7;
  const random = (below) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;
  const pick = (list) => list[random(list.length)];

  const log = [];
  for (let i = 0; i < 1600; i++) {
    const address = `10.${random(256)}.${random(256)}.${random(256)}`;
    const time = `2024-0${1 + random(9)}-1${random(10)}T0${random(10)}:3${random(10)}:00Z`;
    const [folder, page] = [pick(["api", "static", "user"]), pick(["list", "view.html", "edit"])];
    const request = `${pick(["GET", "POST", "PUT"])} /${folder}/${random(1000)}/${page}?id=${random(99)} HTTP/1.1`;
    log.push(`${address} - [${time}] "${request}" ${pick([200, 301, 404, 500])} ${random(9999)}`);
  }

  function logs() {
    const line = /^(\d+(?:\.\d{1,3}){3}) - \[([^\]]+)\] "(?<method>[A-Z]+) (?<path>\S+) HTTP\/1\.\d" (\d{3}) (\d+)$/;
    let sum = 0;
    for (const text of log) {
      const found = line.exec(text);
      sum += Number(found[6]) + found.groups.path.length + found.groups.method.length;
      if (/\/api\/\d+\/(list|edit)\b/.test(text)) sum += 1;
      sum += /\.html?\?id=([1-9]\d*)/i.exec(text)?.[1].length ?? 0;
    }
    return sum;
  }

  function html() {
    let text = "";
    for (let i = 0; i < 1400; i++) {
      text += `<p class="c${random(9)}" id='p${i}'>Some <b>bold &amp; ${random(99)}</b> text<br/> by `;
      text += `<a href="mailto:u${i}@mail${random(9)}.example.org">me</a></p>\n`;
    }
    let sum = 0;
    for (const [, name, attributes] of text.matchAll(/<(\w+)((?:\s+\w+=(?:"[^"]*"|'[^']*'))*)\s*\/?>/g)) {
      sum += name.length + attributes.length;
    }
    sum += text.match(/[\w.]+@[\w-]+(?:\.[a-z]{2,})+/g).length;
    const plain = text.replace(/<[^>]*>/g, "").replace(/&(\w+);/g, (_, entity) => (entity === "amp" ? "&" : "?"));
    return sum + plain.length + plain.split(/\s*\b[a-z]{2}\b\s*/).length;
  }

  function dna() {
    let text = "";
    for (let i = 0; i < 40000; i++) text += "acgt"[random(4)] + (i % 60 === 59 ? "\n" : "");
    text = text.replace(/\n/g, "");
    let sum = 0;
    const variants = [
      /agggtaaa|tttaccct/gi,
      /[cgt]gggtaa|ttaccc[acg]/gi,
      /ag[act]gt|ac[agt]ct/gi,
      /(a|c)gg?t+a{2}/gi,
      /(?:ta){2,}c*?g/g,
    ];
    for (const variant of variants) sum = sum * 7 + (text.match(variant) ?? []).length;
    return sum + text.replace(/tta[ag]|ac{2,3}/g, "<4>").replace(/(.)\1{3,}/g, "<$1>").length;
  }

  return logs() * 3 + html() * 5 + dna();
})();
