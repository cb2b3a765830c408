// Asks a person before it spends money, and gives up after three days.
//
//   snapjs run examples/approval.js
//   snapjs resume examples/approval.snap --answer 1=true

const days = 24 * 60 * 60 * 1000
const after = (delay, value) => new Promise(resolve => setTimeout(resolve, delay, value))

const order = { item: "espresso machine", price: 595 }
console.log(`ordering: ${order.item}`)

const approved = await Promise.race([ask("Buy it?", order), after(3 * days, false)])
const outcome = { ...order, state: approved ? "ordered" : "dropped" }
outcome
