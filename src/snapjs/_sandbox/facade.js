// Makes `host`, the global through which guest code reaches its capabilities. It runs before any guest code, and takes
// from the language what it needs then, so that a program that changes built-in objects changes nothing here.
(() => {
    "use strict"
    const { defineProperty, freeze } = Object
    const { apply } = Reflect
    let host = freeze({ __proto__: null })

    // Not to be deleted or redefined, but to be replaced by what this script returns, which only the host has.
    defineProperty(globalThis, "host", {
        __proto__: null,
        get: freeze({ host: () => host }.host),
        enumerable: true,
        configurable: false,
    })

    function setOwn(object, key, value) {
        defineProperty(object, key, { __proto__: null, value, enumerable: true, configurable: true })
    }

    function freezeAll(tree) {
        for (const key in tree) {
            if (typeof tree[key] === "object") freezeAll(tree[key])
        }
        return freeze(tree)
    }

    // A function of the host that answers at once, where the types promise a promise.
    function promising(name, answer) {
        return { async [name](...values) { return apply(answer, undefined, values) } }[name]
    }

    // Each of `paths` is the names that lead to the function at the same place of `functions`, and `promises` says
    // whether its answer is to be a promise of that.
    return (paths, functions, promises) => {
        const root = { __proto__: null }
        for (let i = 0; i < paths.length; i++) {
            const path = paths[i]
            const last = path.length - 1
            let tree = root
            for (let depth = 0; depth < last; depth++) {
                if (!(path[depth] in tree)) setOwn(tree, path[depth], { __proto__: null })
                tree = tree[path[depth]]
            }
            const answer = promises[i] ? promising(path[last], functions[i]) : functions[i]
            setOwn(tree, path[last], freeze(answer))
        }
        host = freezeAll(root)
    }
})()
