// Asks a person before it spends money, and gives up after three days.
//
//   snapjs run examples/approval.js
//   snapjs resume examples/approval.snap --answer 1=true

const order = { item: "espresso machine", price: 595 }
console.log(`ordering: ${order.item}`)

let timer
const tooLate = new Promise(resolve => { timer = setTimeout(resolve, 3 * 24 * 60 * 60 * 1000, false) })
const approved = await Promise.race([ask("Buy it?", order), tooLate])
clearTimeout(timer)

const outcome = { ...order, state: approved ? "ordered" : "dropped" }
outcome
