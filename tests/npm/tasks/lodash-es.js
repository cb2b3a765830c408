import _, { chunk, debounce, flow, groupBy, merge, orderBy, template } from "lodash-es"

const PEOPLE = [
    { name: "Ada", year: 1815, tags: ["a"] },
    { name: "Alan", year: 1912, tags: [] },
    { name: "Grace", year: 1906, tags: ["a", "b"] },
]

export const first = () => chunk([1, 2, 3], 2)

export default async function () {
    let calls = []
    const called = debounce(x => calls.push(x), 5)
    called(1)
    called(2)
    await new Promise(resolve => setTimeout(resolve, 20))
    let looked = 0
    const lazy = _.chain(_.range(1000)).map(x => (looked++, x * x)).filter(x => x % 2).take(3)
    const deep = _.cloneDeep({ when: new Date(0), map: new Map([["k", [1]]]), text: /x/gi, bytes: new Uint8Array([1, 2]) })
    return {
        chunks: chunk([..."snapjs"], 4),
        groups: _.mapValues(groupBy(PEOPLE, ({ year }) => Math.floor(year / 100)), people => _.map(people, "name")),
        sorted: orderBy(PEOPLE, ["tags.length", "year"], ["desc", "asc"]).map(person => person.name),
        merged: merge({ a: [{ b: 1 }], c: 2 }, { a: [{ d: 3 }], c: undefined }),
        text: template("<% _.forEach(names, n => { %>[<%- n %>]<% }) %>")({ names: ["<a>", "b"] }),
        composed: flow([_.words, _.partialRight(_.map, _.upperFirst), words => words.join("")])("hello big-world"),
        lazy: [lazy.value(), looked],
        deep: [deep.when.getTime(), deep.map.get("k"), String(deep.text), [...deep.bytes]],
        path: _.get(_.set({}, "a[0].b", 5), ["a", 0, "b"]),
        isEqual: _.isEqual(new Set([{ a: NaN }]), new Set([{ a: NaN }])),
        calls,
    }
}
