import { parse, parseAllDocuments, parseDocument, stringify, visit } from "yaml"

const TEXT = `# settings
base: &base { port: 80, hosts: [a, "b"] }
live:
  <<: *base
  port: 0x1F90 # hexadecimal
  copies: *base
text: |
  two
    lines
folded: >-
  one
  line
date: 2020-01-02
? [complex, key]
: ~
big: 12345678901234567890
`

export const first = () => parse("a: [1, 2]")

export default function () {
    const document = parseDocument(TEXT, { merge: true, logLevel: "error" })
    const value = document.toJS()
    document.setIn(["live", "port"], 8080)
    document.get("text", true).comment = " kept"
    visit(document, { Pair: (_, pair) => (pair.key.value === "big" ? visit.REMOVE : undefined) })
    const wrong = parseDocument("a: [1, 2\nb: 3\nc: d: e")
    const shared = { x: 1 }
    return {
        value: { ...value, big: String(value.big) },
        isShared: value.base === value.live.copies,
        edited: document.toString().split("\n"),
        errors: wrong.errors.map(({ code, linePos: [{ line, col }] }) => [code, line, col]),
        documents: parseAllDocuments("a: 1\n---\n- yes\n- no\n...\n", { version: "1.1" }).map(each => each.toJS()),
        bigint: String(parse("12345678901234567890", { intAsBigInt: true })),
        written: stringify({ first: shared, second: shared, "multi\nline": "true", list: [[], {}, null, -0.5] }).split("\n"),
        tagged: parse("!twice 21", { customTags: [{ tag: "!twice", resolve: text => 2 * Number(text) }] }),
    }
}
