// Answers which files Node finds: for a JSON array of [importer, specifier, "import" | "require"] on standard input, an
// array of paths relative to the folder in the first argument; null where it finds none. Needs
// --experimental-import-meta-resolve.
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = realpathSync(process.argv[2])

function find(importer, specifier, how) {
    const path = resolve(root, importer)
    let found
    if (how === 'require') {
        found = createRequire(path).resolve(specifier)
    } else {
        const url = import.meta.resolve(specifier, pathToFileURL(path).href)
        if (isBuiltin(url)) return url
        found = fileURLToPath(url)
    }
    if (isBuiltin(found)) return found
    const real = relative(root, realpathSync(found))
    return statSync(found).isFile() && !found.endsWith('/') && !real.startsWith('..') ? real : null
}

const answers = JSON.parse(readFileSync(0, 'utf8')).map((query) => {
    try {
        return find(...query)
    } catch {
        return null
    }
})
console.log(JSON.stringify(answers))
