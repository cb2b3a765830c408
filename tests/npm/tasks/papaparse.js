import Papa from "papaparse"

const TABLE = `name,"quote ""x""",price,when
Ada,"two
lines, one comma",1.50,2020-01-02
# left out
Ålan;,"", -3e2,
short
long,a,b,c,d`

export const first = () => Papa.parse("a,b\n1,2").data

export default function () {
    const options = { header: true, dynamicTyping: { PRICE: true }, comments: "#", transformHeader: text => text.toUpperCase() }
    const { data, errors, meta } = Papa.parse(TABLE, options)
    const steps = []
    Papa.parse("a;b\r\n1;2\r\n3;4\r\n5;6", {
        step({ data }, parser) {
            steps.push(data)
            if (data[0] === "3") parser.abort()
        },
        complete: ({ meta }) => steps.push([meta.delimiter, meta.linebreak, meta.aborted]),
    })
    const rows = [{ a: 'say "hi"', b: "x,y" }, { a: "line\nbreak", b: null }, { a: "=1+1", b: " s " }]
    return {
        data,
        errors: errors.map(({ type, code, row }) => [type, code, row]),
        meta: [meta.fields, meta.delimiter],
        steps,
        written: Papa.unparse(rows, { escapeFormulae: true }).split("\r\n"),
        unclosed: Papa.parse('a,"b').errors.map(error => error.code),
    }
}
