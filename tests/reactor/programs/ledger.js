// A ledger with a protocol of lines on standard input: accounts, transfers, reports, a journal in a file.
// With "handlers" as argument it waits for lines and runs timers; without, it reads to the end.
import * as std from "qjs:std"
import * as os from "qjs:os"

const JOURNAL = "ledger/journal.txt"
const accounts = new Map()
let sequence = 0
let journal = null

class LedgerError extends Error {
    constructor(code, message) {
        super(message)
        this.code = code
    }
}

function check(condition, code, message) {
    if (!condition) throw new LedgerError(code, message)
}

function parseAmount(text) {
    const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text ?? "")
    check(match, "E_AMOUNT", `no amount: ${text}`)
    return BigInt(match[1]) * 100n + BigInt((match[2] ?? "").padEnd(2, "0"))
}

const formatAmount = cents => std.sprintf("%d.%02d", Number(cents / 100n), Number(cents % 100n))

function account(name) {
    check(accounts.has(name), "E_ACCOUNT", `no account: ${name}`)
    return accounts.get(name)
}

function note(kind, ...fields) {
    journal.printf("%04d %-8s %s\n", ++sequence, kind, fields.join(" "))
    journal.flush()
}

function* transfers(text) {
    for (const line of text.split("\n")) {
        const match = /^(\d+) transfer +(?<from>\S+) (?<to>\S+) (?<amount>\S+)$/.exec(line)
        if (match) yield { number: Number(match[1]), ...match.groups }
    }
}

function readJournal() {
    const file = std.open(JOURNAL, "r")
    const text = file.readAsString()
    file.close()
    return text
}

const commands = {
    open(name) {
        check(/^\p{L}+$/u.test(name ?? ""), "E_NAME", `no name: ${name}`)
        check(!accounts.has(name), "E_TWICE", `there is an account ${name}`)
        accounts.set(name, { name, balance: 0n, moves: 0 })
        note("open", name)
        return "opened"
    },
    deposit(name, text) {
        const target = account(name), amount = parseAmount(text)
        target.balance += amount
        target.moves++
        note("deposit", name, text)
        return formatAmount(target.balance)
    },
    transfer(from, to, text) {
        const source = account(from), target = account(to), amount = parseAmount(text)
        check(source.balance >= amount, "E_FUNDS", `${from} has ${formatAmount(source.balance)}`)
        source.balance -= amount
        target.balance += amount
        source.moves++, target.moves++
        note("transfer", from, to, text)
        return `${formatAmount(source.balance)} ${formatAmount(target.balance)}`
    },
    balance: name => formatAmount(account(name).balance),
    report() {
        const rows = [...accounts.values()].sort((a, b) => a.name < b.name ? -1 : 1)
        for (const { name, balance, moves } of rows) std.printf("  |%-8s|%12s|%3d|\n", name, formatAmount(balance), moves)
        const total = rows.reduce((sum, { balance }) => sum + balance, 0n)
        return std.sprintf("%d accounts, %s, %5.1f%% of 1000", rows.length, formatAmount(total), Number(total) / 1000)
    },
    flows() {
        const flows = {}
        for (const { from, to, amount } of transfers(readJournal())) {
            const key = `${from}>${to}`
            flows[key] = (flows[key] ?? 0) + Number(amount)
        }
        return JSON.stringify(flows)
    },
    tail(count) {
        const lines = readJournal().trimEnd().split("\n")
        for (const line of lines.slice(-Number(count ?? 1))) std.puts("  ", line, "\n")
        return `of ${lines.length}`
    },
    at(offset, length) {
        const fd = os.open(JOURNAL, os.O_RDONLY)
        check(fd >= 0, "E_JOURNAL", "it cannot be opened")
        const buffer = new Uint8Array(Number(length))
        const position = os.seek(fd, BigInt(offset), std.SEEK_SET)
        const read = os.read(fd, buffer.buffer, 0, buffer.length)
        os.close(fd)
        return `${typeof position} ${read} ${String.fromCharCode(...buffer.subarray(0, read))}`
    },
    save(name) {
        const data = [...accounts.values()].map(({ name, balance, moves }) => [name, String(balance), moves])
        std.writeFile(`ledger/${name}.json`, JSON.stringify(data))
        const [status, errno] = os.stat(`ledger/${name}.json`)
        return `${status.size} ${(status.mode & os.S_IFMT) === os.S_IFREG} ${errno}`
    },
    load(name) {
        const text = std.loadFile(`ledger/${name}.json`)
        check(text !== null, "E_FILE", `nothing is saved as ${name}`)
        accounts.clear()
        for (const [name, balance, moves] of JSON.parse(text)) accounts.set(name, { name, balance: BigInt(balance), moves })
        return `${accounts.size} accounts`
    },
    rename(from, to) {
        return String(os.rename(`ledger/${from}.json`, `ledger/${to}.json`) === 0)
    },
    remove(name) {
        return String(os.remove(`ledger/${name}.json`) === 0)
    },
    files() {
        const [names, errno] = os.readdir("ledger")
        return `${names.filter(name => !name.startsWith(".")).sort()} ${errno}`
    },
    script(...words) {
        return String(std.evalScript(words.join(" ")))
    },
    hash(text) {
        let hash = 0x811c9dc5
        for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193)
        return std.sprintf("%08x %u %d %c", hash, hash, hash, text.codePointAt(0))
    },
    scratch(text) {
        const file = std.open("ledger/scratch", "w+")
        file.puts(text, "\n", text, "\n")
        file.seek(-(text.length + 1), std.SEEK_END)
        const line = file.getline()
        const result = `${line} ${file.tell()} ${file.eof()} ${file.getByte()} ${file.eof()}`
        file.close()
        os.remove("ledger/scratch")
        return result
    },
    quit: () => null,
}

function answer(line) {
    const [name, ...rest] = line.trim().split(/\s+/)
    if (name === "") return true
    try {
        check(Object.hasOwn(commands, name), "E_COMMAND", `no command: ${name}`)
        const result = commands[name](...rest)
        if (result === null) return false
        std.puts("ok ", result, "\n")
    } catch (error) {
        if (error instanceof LedgerError) std.printf("%s: %s\n", error.code, error.message)
        else std.printf("%s\n", error)
    }
    return true
}

function begin() {
    os.mkdir("ledger")
    journal = std.open(JOURNAL, "w")
    std.printf("%s %d\n", scriptArgs[0].split("/").pop(), typeof journal.fileno() === "number")
}

function end() {
    journal.close()
    std.puts(`${sequence} entries\n`)
    std.out.flush()
}

begin()
if (scriptArgs[1] === "handlers") {
    let beats = 0
    const heart = os.setInterval(() => beats++, 1)
    os.setReadHandler(0, () => {
        const line = std.in.getline()
        if (line === null && !std.in.eof()) return
        if (line !== null && answer(line)) return
        os.setReadHandler(0, null)
        os.clearInterval(heart)
        os.setTimeout(() => { end(); std.exit(beats >= 0 ? 3 : 4) }, 1)
    })
} else {
    for (let line; (line = std.in.getline()) !== null && answer(line););
    end()
}
