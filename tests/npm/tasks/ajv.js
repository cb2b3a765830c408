import Ajv from "ajv"
import addFormats from "ajv-formats"

const SCHEMA = {
    $id: "person",
    type: "object",
    properties: {
        name: { type: "string", minLength: 2, pattern: "^\\p{Lu}" },
        email: { type: "string", format: "email" },
        born: { type: "string", format: "date" },
        tags: { type: "array", items: { enum: ["a", "b"] }, uniqueItems: true, default: [] },
        parent: { $ref: "#" },
        even: { type: "number", isEven: true },
    },
    required: ["name", "email"],
    additionalProperties: false,
    if: { properties: { name: { const: "Ada" } } },
    then: { required: ["born"] },
}

export const first = () => new Ajv().compile({ type: "number" })(5)

export default async function () {
    const ajv = new Ajv({ allErrors: true, useDefaults: true, coerceTypes: true })
    addFormats(ajv)
    ajv.addKeyword({ keyword: "isEven", type: "number", validate: (_, value) => value % 2 === 0 })
    ajv.addFormat("taken", { async: true, validate: async name => name !== "ada" })
    const validate = ajv.compile(SCHEMA)
    const good = { name: "Ada", email: "ada@example.org", born: "1815-12-10", even: "4", parent: { name: "Byron", email: "b@example.org" } }
    const bad = { name: "a", email: "x", born: "1815-13-10", tags: ["a", "a", "c"], even: 3, other: 1, parent: { name: "Ada" } }
    const free = ajv.compile({ $async: true, type: "string", format: "taken" })
    return {
        isGood: validate(good),
        good,
        isBad: validate(bad),
        errors: validate.errors.map(({ instancePath, keyword, message }) => [instancePath, keyword, message]),
        asynchronous: await Promise.all([free("bob"), free("ada").catch(error => error.errors[0].message)]),
    }
}
