import * as d3 from "d3-array"

const SALES = [
    { city: "Oslo", year: 2020, value: 3 },
    { city: "Rome", year: 2020, value: 5 },
    { city: "Oslo", year: 2021, value: 4 },
    { city: "Rome", year: 2021, value: 9 },
]

export const first = () => d3.mean([1, 2, 6])

export default function () {
    const numbers = [5, 1, NaN, 4, 2, undefined, 3]
    const byYear = d3.rollup(SALES, rows => d3.sum(rows, row => row.value), row => row.city, row => row.year)
    return {
        statistics: [d3.extent(numbers), d3.mean(numbers), d3.median(numbers), d3.deviation(numbers), d3.quantile(numbers, 0.25)],
        bins: d3.bin().domain([0, 10]).thresholds(4)([0, 1, 2, 5, 7, 9.5, 10]).map(bin => [bin.x0, bin.x1, ...bin]),
        ticks: [d3.ticks(0, 1, 5), d3.nice(0.3, 9.7, 5), d3.tickStep(0, 100, 7)],
        groups: [...byYear].map(([city, years]) => [city, [...years]]),
        sorted: d3.sort(SALES, (a, b) => d3.descending(a.value, b.value)).map(row => row.value),
        bisected: d3.bisector(row => row.value).left([{ value: 1 }, { value: 3 }, { value: 8 }], 4),
        running: [...d3.cumsum([0.1, 0.2, 0.3])].map(x => x.toFixed(12)),
        exact: d3.fsum([1e16, 1, -1e16]),
        crossed: d3.cross([1, 2], ["a", "b"], (number, letter) => letter + number),
        sets: [[...d3.union([1, 2], [2, 3])], [...d3.intersection([1, 2], [2, 3])]],
        dates: [...new d3.InternSet([new Date(0), new Date(0), new Date(1)])].length,
        shuffled: d3.shuffler(() => 0.3)([1, 2, 3, 4, 5]),
    }
}
