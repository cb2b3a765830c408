import { CstParser, EmbeddedActionsParser, Lexer, createToken } from "chevrotain"

const Blank = createToken({ name: "Blank", pattern: /\s+/, group: Lexer.SKIPPED })
const NumberToken = createToken({ name: "Number", pattern: /\d+(\.\d+)?/ })
const Sum = createToken({ name: "Sum", pattern: Lexer.NA })
const Product = createToken({ name: "Product", pattern: Lexer.NA })
const Plus = createToken({ name: "Plus", pattern: /\+/, categories: Sum })
const Minus = createToken({ name: "Minus", pattern: /-/, categories: Sum })
const Times = createToken({ name: "Times", pattern: /\*/, categories: Product })
const Divided = createToken({ name: "Divided", pattern: /\//, categories: Product })
const Open = createToken({ name: "Open", pattern: /\(/, label: "(" })
const Close = createToken({ name: "Close", pattern: /\)/, label: ")" })
const TOKENS = [Blank, NumberToken, Sum, Product, Plus, Minus, Times, Divided, Open, Close]

class Calculator extends CstParser {
    constructor() {
        super(TOKENS, { recoveryEnabled: true })
        this.RULE("sum", () => {
            this.SUBRULE(this.product)
            this.MANY(() => {
                this.CONSUME(Sum)
                this.SUBRULE2(this.product)
            })
        })
        this.RULE("product", () => {
            this.SUBRULE(this.value)
            this.MANY(() => {
                this.CONSUME(Product)
                this.SUBRULE2(this.value)
            })
        })
        this.RULE("value", () => {
            this.OR([
                { ALT: () => this.CONSUME(NumberToken) },
                {
                    ALT: () => {
                        this.CONSUME(Open)
                        this.SUBRULE(this.sum)
                        this.CONSUME(Close)
                    },
                },
            ])
        })
        this.performSelfAnalysis()
    }
}

class Ambiguous extends EmbeddedActionsParser {
    constructor() {
        super([NumberToken])
        this.RULE("twice", () => this.OR([{ ALT: () => this.CONSUME(NumberToken) }, { ALT: () => this.CONSUME2(NumberToken) }]))
        this.performSelfAnalysis()
    }
}

const lexer = new Lexer(TOKENS)
const parser = new Calculator()

class Evaluate extends parser.getBaseCstVisitorConstructor() {
    constructor() {
        super()
        this.validateVisitor()
    }
    chain(first, operators = [], others, apply) {
        return operators.reduce((left, { tokenType }, index) => apply[tokenType.name](left, this.visit(others[index + 1])), this.visit(first))
    }
    sum({ product, Sum }) {
        return this.chain(product[0], Sum, product, { Plus: (a, b) => a + b, Minus: (a, b) => a - b })
    }
    product({ value, Product }) {
        return this.chain(value[0], Product, value, { Times: (a, b) => a * b, Divided: (a, b) => a / b })
    }
    value({ Number, sum }) {
        return sum ? this.visit(sum[0]) : parseFloat(Number[0].image)
    }
}

function calculated(text) {
    const { tokens, errors } = lexer.tokenize(text)
    parser.input = tokens
    const tree = parser.sum()
    const all = [...errors, ...parser.errors]
    return all.length ? all.map(error => error.message) : new Evaluate().visit(tree)
}

export const first = () => calculated("1 + 2 * 3")

export default function () {
    let ambiguity
    try {
        new Ambiguous()
    } catch ({ message }) {
        ambiguity = message.split("\n").filter(line => line.includes("Ambiguous"))
    }
    parser.input = lexer.tokenize("1 +").tokens
    parser.sum()
    return {
        values: ["1 + 2 * 3", "(1 + 2) * 3", "2 * (3 - (4 - 1.5)) / 4", "10 - 2 - 3"].map(calculated),
        errors: ["1 + * 2", "(1", "1 ? 2"].map(calculated),
        expected: parser.errors[0].name,
        grammar: parser.getSerializedGastProductions().map(rule => [rule.type, rule.name, rule.definition.length]),
        completions: parser.computeContentAssist("sum", lexer.tokenize("1 + ").tokens).map(({ nextTokenType }) => nextTokenType.name),
        ambiguity,
    }
}
