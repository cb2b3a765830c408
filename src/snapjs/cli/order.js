// An order, from the cart to the courier. Written as if nothing could ever interrupt it.
async function placeOrder(order) {
  const journal = []
  const note = text => { journal.push(text); console.log(text) }
  try {
    const [stock, payment, courier] = await Promise.all([
      reserveStock(order.item, order.count),
      authorizePayment(order.customer, order.total),
      findCourier(order.city),
    ])
    note(`reserved ${stock.shelf}, authorized ${payment.code}, courier ${courier.name}`)

    await new Promise(resolve => setTimeout(resolve, 250))
    note("250 ms later: still nobody has objected")

    const decision = await askManager({ order, discount: order.total > 1000 ? 0.1 : 0 })
    if (!decision.approved) throw new Error(`${decision.by} refused the order`)
    note(`${decision.by} approved it`)
    return { state: "shipped", with: courier.name, steps: journal.length }
  } finally {
    console.log("the finally block has run")
  }
}

await placeOrder({ customer: "Hedy", item: "espresso machine", count: 2, total: 1190, city: "Wien" })
