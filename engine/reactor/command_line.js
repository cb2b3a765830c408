// The command line of `qjs`, where no host has read it. That of Reactor says the same: src/snapjs/_reactor/arguments.py
const FLAGS = { "-m": "isModule", "--module": "isModule", "--script": "isScript", "--std": "std" }
const VALUED = {
    "-e": "expression", "--eval": "expression", "-I": "includes", "--include": "includes",
    "--memory-limit": "memoryLimit", "--stack-size": "stackSize",
}
const UNITS = { "": 2 ** 10, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

class UsageError extends Error {}

function sizeOf(option, text) {
    const [, digits, unit] = /^([0-9.]+)([bkmg]?)$/i.exec(text) ?? []
    const size = Math.trunc(Number(digits) * UNITS[unit?.toLowerCase()])
    if (size >= 0) return size
    throw new UsageError(`${option} takes a number of kilobytes, or one with b, k, m or g, not '${text}'.`)
}

function readOption(line, word, words) {
    const [, name, value] = /^(--[^=]*)=([^]*)$/.exec(word) ?? [, word]
    if (Object.hasOwn(FLAGS, word)) return void (line[FLAGS[word]] = true)
    if (!Object.hasOwn(VALUED, name)) {
        const known = Object.keys({ ...FLAGS, ...VALUED }).sort().join(", ")
        throw new UsageError(`unknown option '${word}'. The options are ${known}.`)
    }
    const given = value ?? words.shift()
    if (given === undefined) throw new UsageError(`option ${name} lacks its value. Give it one.`)
    const field = VALUED[name]
    if (field === "includes") line.includes.push(given)
    else line[field] = field === "expression" ? given : sizeOf(name, given)
}

// `words` begins with the program's name.
function commandLine(words) {
    const line = { argv0: words.shift() ?? "qjs", includes: [] }
    while (words.length && words[0] !== "-" && words[0].startsWith("-")) {
        const word = words.shift()
        if (word === "--") break
        readOption(line, word, words)
    }
    return { ...line, rest: words }
}
