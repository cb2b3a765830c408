import { all, create } from "mathjs"

const math = create(all, { randomSeed: "seed" })
const precise = create(all, { number: "BigNumber", precision: 50 })

function error(text) {
    try {
        math.evaluate(text)
    } catch ({ name, message }) {
        return [name, message]
    }
}

export const first = () => math.evaluate("2 + 3 * 4")

export default function () {
    const scope = {}
    const lines = ["f(x, y) = x ^ y + 1", "a = [1, 2; 3, 4]", "b = inv(a) * a", "f(2, 10)", "det(a)"]
    const values = lines.map(line => math.evaluate(line, scope))
    const fraction = math.add(math.fraction(1, 3), math.fraction("0.(6)"))
    return {
        values: [math.round(values[2], 10).toArray(), values[3], math.round(values[4], 10)],
        units: ["12.7 cm to inch", "90 km/h to m/s", "5 kg * 9.81 m/s^2 in N"].map(text => math.format(math.evaluate(text), 6)),
        big: [precise.evaluate("sqrt(2)").toString(), math.format(precise.evaluate("factorial(30)"), { notation: "fixed" })],
        fraction: math.format(fraction),
        complex: math.sqrt(-4).toString(),
        derivative: math.derivative("x^3 + 2 x * sin(x)", "x").toString(),
        simplified: math.simplify("2 x + 3 x - (4 - 4)").toString(),
        latex: math.parse("sqrt(x / (1 + y))").toTex(),
        eigenvalues: math.eigs([[2, 0], [0, 5]]).values,
        solved: math.lusolve([[3, 1], [1, 2]], [9, 8]).map(([x]) => math.round(x, 10)),
        statistics: [math.std(2, 4, 6), math.median([3, 1, 2]), math.quantileSeq([1, 2, 3, 4, 5], 0.25)],
        matrix: math.multiply(math.sparse([[1, 0], [0, 2]]), [3, 4]).toArray(),
        error: [error("1 +"), error("undefined_name"), error("5 cm + 3 kg")],
    }
}
