// A module that imports another one of its folder.
//
//   snapjs run --module examples/report/main.js

import { table } from "./table.js"

const cities = new Map([["Wien", 2_028_000], ["Graz", 303_000], ["Linz", 213_000]])
console.log(table(cities))
