globalThis.order.push("failing begins")
export let before = 1
await refuse({ code: "failing module" })
export const after = 2
