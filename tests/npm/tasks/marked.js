import { Marked } from "marked"

const TEXT = `# Hi *there*

1. one
   - [x] done

| a | b |
|:--|--:|
| 1 | ~~2~~ |

\`\`\`js
x < 1
\`\`\`

:note: kept <b>html</b> & https://example.org [link][1]

[1]: /to "title"
`

// An extension of the syntax, a renderer and a walker, as users give them.
const note = {
    name: "note",
    level: "inline",
    start: text => text.indexOf(":note:"),
    tokenizer: text => (text.startsWith(":note:") ? { type: "note", raw: ":note:" } : undefined),
    renderer: () => "<mark>note</mark>",
}

export const first = () => new Marked().parse("# Hi *there*")

export default async function () {
    const seen = []
    const marked = new Marked({ gfm: true })
    marked.use({
        extensions: [note],
        renderer: { code: ({ text, lang }) => `<pre data-language="${lang}">${text}</pre>\n` },
        async: true,
        walkTokens: async token => void seen.push(token.type),
    })
    const html = await marked.parse(TEXT)
    return { html: html.split("\n"), seen: [...new Set(seen)].sort() }
}
