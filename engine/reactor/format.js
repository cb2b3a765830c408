// printf, as C has it. Integers are cut to 32 bits; with the modifier l, to 64.
const CONVERSION = /%([-+ #0']*)(\*|\d+)?(?:\.(\*|\d*))?(?:hh|h|(ll|l|j|z|t)|L|q)?(.?)/gsu
const BASES = { o: 8, x: 16, X: 16, u: 10, d: 10, i: 10, b: 2 }

function toInteger(value, bits, isSigned) {
    const integer = typeof value === "bigint" ? value : BigInt(Math.trunc(Number.isFinite(Number(value)) ? Number(value) : 0))
    return isSigned ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer)
}

function withSign(isNegative, flags) {
    return isNegative ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : ""
}

function formatInteger(value, type, flags, precision, isLong) {
    const isSigned = type === "d" || type === "i"
    const number = toInteger(value, isLong ? 64 : 32, isSigned)
    let digits = (number < 0n ? -number : number).toString(BASES[type])
    if (precision !== undefined) digits = precision === 0 && number === 0n ? "" : digits.padStart(precision, "0")
    let sign = isSigned ? withSign(number < 0n, flags) : ""
    if (flags.includes("#") && number !== 0n) {
        if (type === "x" || type === "X") sign = "0x"
        else if (type === "o" && digits[0] !== "0") digits = "0" + digits
    }
    const text = [sign, digits]
    return type === "X" ? text.map(part => part.toUpperCase()) : text
}

const MORE = 25  // digits after which a double that has none but zeros there has no others

// Of a number between two texts in the middle, C takes the one whose last digit is even, and JavaScript the larger.
function evenOfTwo(write, precision) {
    const text = write(precision)
    if (precision + MORE > 100) return text
    const [long, exponent] = write(precision + MORE).split("e")
    if (long.slice(-MORE) !== "5".padEnd(MORE, "0")) return text
    const cut = long.slice(0, -MORE).replace(/\.$/, "")
    return "02468".includes(cut.at(-1)) ? cut + (exponent === undefined ? "" : "e" + exponent) : text
}

// The shortest exponent of C has two digits.
const exponential = (number, precision) =>
    evenOfTwo(digits => number.toExponential(digits), precision).replace(/e([+-])(\d)$/, "e$10$2")

function fixed(number, precision) {
    if (number < 1e21) return evenOfTwo(digits => number.toFixed(digits), precision)
    return BigInt(number).toString() + (precision ? "." + "0".repeat(precision) : "")
}

// A point also where no digit comes after it.
const pointed = text => text.includes(".") ? text : text.replace(/(?=[ep]|$)/, ".")

function general(number, precision, isAlternate) {
    precision = precision || 1
    const exponent = number === 0 ? 0 : Number(number.toExponential(precision - 1).split("e")[1])
    const isFixed = exponent >= -4 && exponent < precision
    const text = isFixed ? fixed(number, precision - 1 - exponent) : exponential(number, precision - 1)
    if (isAlternate) return pointed(text)
    if (!text.includes(".")) return text
    return text.replace(/\.?0+(?=e|$)/, "")
}

// In two steps: a power of the smallest doubles, or of the largest, is none that a double can be.
const scaled = (number, exponent) => number * 2 ** Math.trunc(exponent / 2) * 2 ** (exponent - Math.trunc(exponent / 2))

function evenInteger(number) {
    const rest = number % 1
    return rest === 0.5 ? number - rest + (number - rest) % 2 : Math.round(number)
}

// A binary exponent after hexadecimal digits, as many as there are.
function hexadecimal(number, precision) {
    let exponent = 0
    if (number !== 0) {
        exponent = Math.floor(Math.log2(number))
        while (scaled(number, -exponent) >= 2) exponent++
        while (scaled(number, -exponent) < 1) exponent--
    }
    const unit = 16 ** Math.min(precision ?? 13, 13)
    let [first, digits = ""] = (evenInteger(scaled(number, -exponent) * unit) / unit).toString(16).split(".")
    digits = digits.padEnd(precision ?? 0, "0")
    return `${first}${digits && "." + digits}p${exponent < 0 ? "-" : "+"}${Math.abs(exponent)}`
}

function formatReal(value, type, flags, given) {
    const precision = given ?? 6
    const number = +value, size = Math.abs(number)  // which throws for a BigInt
    let sign = withSign(number < 0 || Object.is(number, -0), flags)
    const kind = type.toLowerCase()
    let text
    if (!Number.isFinite(number)) text = Number.isNaN(number) ? "nan" : "inf"
    else if (precision > 100) throw new RangeError("a number is formatted with at most 100 digits after the point")
    else if (kind === "a") sign += "0x", text = hexadecimal(size, given)
    else if (kind === "f") text = fixed(size, precision)
    else if (kind === "e") text = exponential(size, precision)
    else text = general(size, precision, flags.includes("#"))
    if (flags.includes("#") && Number.isFinite(number)) text = pointed(text)
    return type === kind ? [sign, text] : [sign.toUpperCase(), text.toUpperCase()]
}

// Width and precision are of bytes, as in C.
function pad([sign, text], width, flags, isNumber) {
    const missing = width - sign.length - encode(text).length
    if (missing <= 0) return sign + text
    if (flags.includes("-")) return sign + text + " ".repeat(missing)
    if (flags.includes("0") && isNumber) return sign + "0".repeat(missing) + text
    return " ".repeat(missing) + sign + text
}

const beginning = (text, size) => size === undefined ? text : decode(encode(text).subarray(0, size))

const character = code => code >= 0 && code <= 0x10FFFF ? String.fromCodePoint(whole(code)) : "\uFFFD"

function sprintf(format, ...values) {
    let next = 0
    const take = () => {
        if (next >= values.length) throw new ReferenceError("missing argument for conversion specifier")
        return values[next++]
    }
    return String(format).replace(CONVERSION, (conversion, flags, width, precision, long, type) => {
        if (type === "%") return "%"
        width = width === "*" ? Number(take()) | 0 : Number(width ?? 0)
        if (width < 0) flags += "-", width = -width
        precision = precision === undefined ? undefined : precision === "*" ? Number(take()) | 0 : Number(precision)
        if (precision < 0) precision = undefined
        if (type in BASES) {
            const text = formatInteger(take(), type, flags, precision, long !== undefined)
            return pad(text, width, precision === undefined ? flags : flags.replaceAll("0", ""), true)
        }
        if (/^[aefgAEFG]$/.test(type)) {
            const value = take()
            return pad(formatReal(value, type, flags, precision), width, flags, Number.isFinite(Number(value)))
        }
        if (type === "s") return pad(["", beginning(`${take()}`, precision)], width, flags, false)
        if (type === "c") {
            const value = take()
            return character(typeof value === "string" ? value.codePointAt(0) ?? 0 : whole(value))
        }
        throw new TypeError(`invalid conversion specifier in format string: ${JSON.stringify(conversion)}`)
    })
}
