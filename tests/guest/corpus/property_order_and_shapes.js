// The order of properties after deletes and additions, objects with many keys, and objects of one shape that part ways.
async function main() {
  const log = []
  const object = {}
  for (const key of ["z", "10", "a", "2", "-1", "01"]) object[key] = await pause(1)
  delete object.z
  object.z = 1
  log.push(Object.keys(object).join())
  const make = (x, y) => ({ x, y })
  const twins = [make(1, 2), make(3, 4), make(5, 6)]
  twins[1].z = await pause("third")
  delete twins[2].x
  await pause("parted")
  twins[2].x = 7
  log.push(twins.map(twin => Object.entries(twin).join("/")).join(" "))
  const many = {}
  for (let i = 0; i < 500; i++) many[`key${(i * 7) % 500}`] = i
  for (let i = 0; i < 500; i += 3) delete many[`key${i}`]
  await pause("many")
  for (let i = 0; i < 500; i += 9) many[`key${i}`] = "again"
  const keys = Object.keys(many)
  log.push(
    keys.length,
    keys.slice(0, 4).join(),
    keys.slice(-2).join(),
    Object.values(many).filter(v => v === "again").length,
  )
  await pause("counted")
  const copy = { ...many }
  log.push(
    Object.keys(copy).join() === keys.join(),
    Object.entries(Object.fromEntries(Object.entries(copy).slice(5, 7))).join(" "),
  )
  const grouped = Object.groupBy(keys.slice(0, 9), key => (key.length > 5 ? "long" : "short"))
  await pause("grouped")
  log.push(JSON.stringify(grouped), Object.getPrototypeOf(grouped))
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  "2,10,a,-1,01,z", "x,1/y,2 x,3/y,4/z,third! y,6/x,7", 389, "key7,key14,key28,key35", "key486,key495", 56, true,
  "key56,8 key70,10",
  "{\"short\":[\"key7\",\"key14\",\"key28\",\"key35\",\"key49\",\"key56\",\"key70\",\"key77\",\"key91\"]}", null
]
*/
