import katex from "katex"

function error(text) {
    try {
        katex.renderToString(text)
    } catch ({ name, message, position }) {
        return [name, message, position]
    }
}

export const first = () => katex.renderToString("x^2")

export default function () {
    const text = String.raw`\frac{a}{\sqrt[3]{x^2+\RR}} \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`
    const html = katex.renderToString(text, { displayMode: true, macros: { "\\RR": "\\mathbb{R}" }, output: "htmlAndMathml" })
    return {
        simple: katex.renderToString("x^2"),
        mathml: html.slice(html.indexOf("<math"), html.indexOf("</math>") + 7),
        length: html.length,
        classes: ["mfrac", "sqrt", "mtable", "delimsizing", "mathbb"].map(name => html.includes(name)),
        colored: katex.renderToString("\\bad", { throwOnError: false }).includes("#cc0000"),
        errors: [error("\\frac{1"), error("\\unknown"), error("a^b^c")],
    }
}
