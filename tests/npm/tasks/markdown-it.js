import MarkdownIt from "markdown-it"

const TEXT = `Title
=====

"Quotes" -- and (c) https://example.org/?a=1&b=2

> * nested
>   \`code\`

<script>alert(1)</script>

[bad](javascript:alert(1)) ![image](a.png "t")

| a | b |
|---|--:|
| 1 | 2 |
`

export const first = () => new MarkdownIt().render("# Hi *there*")

export default function () {
    const markdown = new MarkdownIt({ linkify: true, typographer: true })
    markdown.use(self => {
        const { paragraph_open: before } = self.renderer.rules
        self.renderer.rules.paragraph_open = (tokens, index, options, env, renderer) => {
            tokens[index].attrSet("data-line", tokens[index].map[0] + 1)
            return before ? before(tokens, index, options, env, renderer) : renderer.renderToken(tokens, index, options)
        }
    })
    return {
        html: markdown.render(TEXT).split("\n"),
        tokens: markdown.parseInline("a *b*", {})[0].children.map(token => token.type),
        unsafe: new MarkdownIt({ html: true }).renderInline("<b>x</b>"),
    }
}
