import Handlebars from "handlebars"

const PAGE = `{{#*inline "row"}}<tr><td>{{@index}}</td><td>{{name}}</td><td>{{money price currency="EUR"}}</td></tr>
{{/inline}}
{{#each items as |item|}}
{{#if (more item.price 10)}}{{> row item}}{{else}}<!-- {{{item.name}}} is cheap -->
{{/if}}
{{else}}nothing
{{/each}}
{{lookup totals "all"}} {{../missing}} {{!-- no --}}{{this.[two words]}}`

function error(text) {
    try {
        Handlebars.compile(text)({})
    } catch ({ message }) {
        return message.split("\n")
    }
}

export const first = () => Handlebars.compile("a {{b}}")({ b: 1 })

export default function () {
    const engine = Handlebars.create()
    engine.registerHelper("more", (a, b) => a > b)
    engine.registerHelper("money", (value, { hash }) => new engine.SafeString(`<b>${value.toFixed(2)}</b> ${hash.currency}`))
    const page = engine.compile(PAGE)
    const items = [{ name: "<Tea>", price: 12.5 }, { name: "<Milk>", price: 2 }]
    const precompiled = new Function(`return ${engine.precompile("{{a.b}}!")}`)()
    return {
        html: page({ items, totals: { all: 14.5 }, "two words": "yes" }).split("\n"),
        empty: page({ items: [] }).trim(),
        precompiled: engine.template(precompiled)({ a: { b: "&" } }),
        errors: [error("{{#if a}}x"), error("{{unknown 1}}")],
    }
}
