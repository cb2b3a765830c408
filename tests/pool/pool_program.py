"""A program for pools."""

PROGRAM = """
    let n = 0
    export const add = (a, b) => a + b
    export const same = value => value
    export const count = () => ++n
    export const fail = text => { throw new TypeError(text) }
    export const spin = () => { for (;;); }
    export const sleep = () => new Promise(resolve => setTimeout(resolve, 1e6))
    export const later = value => new Promise(resolve => setTimeout(resolve, 1, value))
    export const never = () => new Promise(() => {})
    export default { twice(x) { return this.factor * x }, factor: 2 }
    export const word = "w"
"""

WAITING = (
    PROGRAM
    + """
    export const hold = value => gate(value)
    export const holdAsync = () => gate()
"""
)
"""with functions that call `gate`"""
