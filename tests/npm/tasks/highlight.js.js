import highlight from "highlight.js"

const PYTHON = `@cached
async def f(x: int = 0x1F) -> str:
    """Doc."""
    return f"{x!r} <tag>"  # note`

const PAGE = "<style>a{color:#fff}</style><script>let a = `${b}`</script>"

export const first = () => highlight.highlight("let a = 1", { language: "javascript" }).value

export default function () {
    const python = highlight.highlight(PYTHON, { language: "python" })
    highlight.registerLanguage("shout", () => ({ name: "Shout", contains: [{ scope: "keyword", begin: /[A-Z]{2,}/ }] }))
    return {
        python: python.value.split("\n"),
        relevance: python.relevance,
        nested: highlight.highlight(PAGE, { language: "xml" }).value,
        guessed: ["SELECT a FROM b WHERE c = 'd' ORDER BY e", "fn main() { let mut x: Vec<u8> = vec![]; println!(\"{}\", x.len()); }"].map(
            text => highlight.highlightAuto(text, ["sql", "rust", "javascript", "css"]).language,
        ),
        illegal: highlight.highlight("a { $$ }", { language: "json", ignoreIllegals: false }).illegal,
        own: highlight.highlight("say HELLO", { language: "shout" }).value,
        languages: highlight.listLanguages().length,
    }
}
