// What snapjs asks of the lexer of CommonJS modules.

import lexer from "lexer.cjs"

const { parse } = lexer
const META = /\bimport\s*\.\s*meta\b/
const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"]

function isFunction(text) {
    try {
        new Function(...PARAMETERS, text.replace(/^#!/, "//"))
        return true
    } catch {
        return false
    }
}

// The names that a text exports, the modules whose names it exports too, and whether it is an ES module.
function analyse(text) {
    try {
        const { exports, reexports } = parse(text)
        // The lexer sees only what stands outside of all brackets.
        const isModule = META.test(text) && !isFunction(text)
        return isModule ? [[], [], true] : [exports, reexports, false]
    } catch (error) {
        return [[], [], error.code === "ERR_LEXER_ESM_SYNTAX"]
    } finally {
        parse("") // or it keeps the text
    }
}

globalThis.tool = { analyse, warm: () => analyse("exports.a = 1") }
