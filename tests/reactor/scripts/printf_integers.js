import { tellFormat as t } from "./show.js"

for (const c of ["d", "i", "u", "o", "x", "X", "ld", "lx", "lu", "li", "lo", "lX"])
    for (const f of ["", "5", "-5", "05", "+", " ", "+5", "#", "#8", ".3", "8.3", "08.3", "-8.3", ".0", "#.3", "#08"])
        for (const v of [0, 5, -5, 255, 3.7, -3.7, 2 ** 31, 2 ** 32 + 5, -(2 ** 33), 2 ** 53, 1e20, NaN, Infinity])
            t(`%${f}${c}`, v)
for (const c of ["d", "ld", "lx", "x", "lu"]) for (const v of [5n, -5n, 2n ** 40n, 2n ** 63n, 2n ** 64n + 1n, "12", "x", null, undefined, true, [], [7], {}]) t(`[%${c}]`, v)
