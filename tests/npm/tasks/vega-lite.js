import { compile } from "vega-lite"

const CHART = {
    data: { values: [{ city: "Oslo", year: 2020, value: 3 }, { city: "Rome", year: 2020, value: 5 }, { city: "Oslo", year: 2021, value: 4 }] },
    transform: [{ filter: "datum.value > 1" }, { calculate: "datum.value * 2", as: "double" }],
    mark: "bar",
    encoding: {
        x: { field: "city", type: "nominal", sort: "-y" },
        y: { aggregate: "mean", field: "double", type: "quantitative", title: "Mean" },
        color: { field: "year", type: "ordinal" },
        tooltip: [{ field: "value", format: ".2f", type: "quantitative" }],
    },
}

const LAYERS = {
    data: { url: "weather.csv" },
    facet: { column: { field: "place" } },
    spec: {
        layer: [
            { mark: "line", encoding: { x: { field: "date", type: "temporal", timeUnit: "yearmonth" }, y: { field: "t", aggregate: "max" } } },
            { params: [{ name: "brush", select: "interval" }], mark: "point", encoding: { x: { field: "date", type: "temporal" }, y: { field: "t", type: "quantitative" } } },
        ],
    },
}

export const first = () => compile({ data: { values: [{ a: 1 }] }, mark: "bar", encoding: { x: { field: "a", type: "quantitative" } } }).spec.marks[0].type

export default function () {
    const warnings = []
    const logger = { level: () => logger, error: () => logger, warn: (...texts) => (warnings.push(texts.join(" ")), logger), info: () => logger, debug: () => logger }
    const { spec, normalized } = compile(CHART, { logger })
    const layers = compile(LAYERS, { logger }).spec
    compile({ data: { values: [] }, mark: "bar", encoding: { size2: { field: "x" } } }, { logger })
    return {
        schema: spec.$schema,
        mark: normalized.mark,
        transforms: spec.data.map(({ name, source, transform }) => [name, source ?? null, (transform ?? []).map(each => each.type)]),
        marks: spec.marks.map(({ type, from, encode }) => [type, from.data, encode.update.y, encode.update.tooltip]),
        scales: spec.scales.map(({ name, type, domain }) => [name, type, domain]),
        axes: spec.axes.map(({ scale, orient, title }) => [scale, orient, title ?? null]),
        layers: [layers.marks.map(mark => mark.name), layers.marks.at(-1).marks.map(mark => mark.type), layers.marks.at(-1).signals.map(({ name }) => name)],
        warnings,
    }
}
