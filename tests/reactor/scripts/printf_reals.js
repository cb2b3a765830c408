import { tellFormat as t } from "./show.js"

for (const c of "fFeEgGaA") for (const f of ["", "12", "-12", "012", "+", " ", "#", ".0", "#.0", ".1", ".3", ".10", ".17", ".20", "12.3", "+012.3", "#.3", "#10"])
    for (const v of [0, -0, 1, -1, 0.5, 1.5, 2.5, 0.1, 123456789, 1e21, 1.7976931348623157e308, 5e-324, 1e-5, 0.0001, 999999.5, 100000, NaN, Infinity, -Infinity, 1 / 3, "7", null, undefined, true])
        t(`%${f}${c}`, v)
for (const v of [5n, {}, [], [7], "x"]) for (const c of "fega") t(`%${c}`, v)
