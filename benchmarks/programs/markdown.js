// A text program: Markdown to HTML, with a block parser and an inline parser that work character by character.
(() => {
  const escapes = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };
  const escape = (text) => text.replace(/[<>&"]/g, (character) => escapes[character]);

  class Inline {
    constructor(text) {
      this.text = text;
      this.at = 0;
    }

    parse(end) {
      let html = "";
      let plain = "";
      const flush = () => {
        html += escape(plain);
        plain = "";
      };
      while (this.at < this.text.length) {
        if (end !== undefined && this.text.startsWith(end, this.at)) {
          this.at += end.length;
          break;
        }
        const element = this.element();
        if (element === null) {
          plain += this.text[this.at++];
        } else {
          flush();
          html += element;
        }
      }
      flush();
      return html;
    }

    element() {
      switch (this.text[this.at]) {
        case "*": {
          const strong = this.text[this.at + 1] === "*";
          const mark = strong ? "**" : "*";
          if (!this.text.includes(mark, this.at + mark.length)) return null;
          this.at += mark.length;
          const tag = strong ? "strong" : "em";
          return `<${tag}>${this.parse(mark)}</${tag}>`;
        }
        case "`": {
          const close = this.text.indexOf("`", this.at + 1);
          if (close < 0) return null;
          const code = this.text.slice(this.at + 1, close);
          this.at = close + 1;
          return `<code>${escape(code)}</code>`;
        }
        case "[": {
          const middle = this.text.indexOf("](", this.at);
          const close = this.text.indexOf(")", middle);
          if (middle < 0 || close < 0) return null;
          const label = new Inline(this.text.slice(this.at + 1, middle)).parse();
          const address = this.text.slice(middle + 2, close);
          this.at = close + 1;
          return `<a href="${escape(address)}">${label}</a>`;
        }
        case "\\":
          this.at += 2;
          return escape(this.text[this.at - 1] ?? "\\");
        default:
          return null;
      }
    }
  }

  const inline = (text) => new Inline(text).parse();

  function toHtml(text) {
    const lines = text.split("\n");
    const blocks = [];
    for (let i = 0; i < lines.length; ) {
      const line = lines[i];
      if (line.trim() === "") {
        i++;
      } else if (line.startsWith("#")) {
        const level = line.match(/^#+/)[0].length;
        blocks.push(`<h${level}>${inline(line.slice(level).trim())}</h${level}>`);
        i++;
      } else if (line.startsWith("```")) {
        const end = lines.indexOf("```", i + 1);
        blocks.push(`<pre>${escape(lines.slice(i + 1, end).join("\n"))}</pre>`);
        i = end + 1;
      } else if (/^[-*] /.test(line)) {
        const items = [];
        for (; i < lines.length && /^[-*] /.test(lines[i]); i++) items.push(`<li>${inline(lines[i].slice(2))}</li>`);
        blocks.push(`<ul>${items.join("")}</ul>`);
      } else {
        const start = i;
        while (i < lines.length && lines[i].trim() !== "") i++;
        blocks.push(`<p>${inline(lines.slice(start, i).join(" "))}</p>`);
      }
    }
    return blocks.join("\n");
  }

  const section = (n) => `# Section ${n} of *the* book

A paragraph with **bold *and nested* text**, \`code < ${n}\`, a [link **to** it](http://example.org/?q=${n}&r="x")
that goes on over two lines, and an escaped \\* star & "quotes".

- first item ${n}
- second \`item\` with a [link](#s${n})
* third item

\`\`\`
if (a < b && c > ${n}) return "text";
\`\`\`
`;

  let text = "";
  for (let i = 0; i < 240; i++) text += section(i) + "\n";
  const html = toHtml(text);
  let sum = 0;
  for (let i = 0; i < html.length; i++) sum = (Math.imul(sum, 31) + html.charCodeAt(i)) | 0;
  return sum;
})();
