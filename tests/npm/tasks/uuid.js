import { MAX, NIL, parse, stringify, v1, v3, v4, v5, v6ToV1, v7, validate, version } from "uuid"

export const first = () => v5("hello", v5.DNS)

export default function () {
    const random = Uint8Array.from({ length: 16 }, (_, index) => 16 * index + index)
    const one = v1({ msecs: 1700000000000, nsecs: 42, clockseq: 0x1234, node: [1, 2, 3, 4, 5, 6], rng: () => random })
    const many = new Set(Array.from({ length: 200 }, () => v4()))
    const ordered = Array.from({ length: 300 }, (_, seq) => v7({ random, msecs: 1700000000000, seq }))
    return {
        named: [v3("hello", v3.DNS), v5("hello", v5.URL), v5("é", "1b671a64-40d5-491e-99b0-da01ff1f3341")],
        given: [v4({ random }), v7({ random, msecs: 1700000000000, seq: 7 }), one],
        isRandom: many.size === 200 && [...many].every(id => version(id) === 4),
        isOrdered: ordered.join() === [...ordered].sort().join(),
        bytes: [...parse("00112233-4455-6677-8899-aabbccddeeff")].slice(0, 3),
        back: stringify(parse(MAX)),
        v6: v6ToV1("1ee7b4c0-3b3a-6000-9234-010203040506"),
        isValid: [NIL, one, "not", `${NIL}0`].map(id => validate(id)),
    }
}
