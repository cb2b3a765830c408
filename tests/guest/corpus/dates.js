// Dates: fixed ones, the clock as it moves on, the time zone with its summer time, and setters that roll over.
async function main() {
  const log = []
  const fixed = new Date(Date.UTC(2024, 2, 30, 12, 34, 56, 789)),
    invalid = new Date(NaN)
  const started = new Date()
  await pause("clock")
  log.push(Date.now() - started, new Date() > started, fixed.toISOString(), JSON.stringify(fixed))
  log.push(fixed.getHours(), fixed.getTimezoneOffset())
  fixed.setDate(fixed.getDate() + 1)
  await pause("summer")
  log.push(fixed.getHours(), fixed.getTimezoneOffset(), fixed.toISOString())
  fixed.setMonth(13, await pause(4))
  log.push(fixed.toISOString(), fixed.getDay())
  class Calendar extends Date {
    #label = "calendar"
    get year() {
      return `${this.#label} ${this.getFullYear()}`
    }
  }
  const calendar = new Calendar(2000, 1, 29)
  calendar.setFullYear(2001)
  await pause("subclass")
  log.push(
    calendar.year,
    calendar.getMonth(),
    calendar instanceof Date,
    String(invalid),
    Number.isNaN(invalid.getTime()),
  )
  log.push(
    Date.parse("2024-05-06"),
    Date.parse("2024-05-06T07:00+02:00"),
    new Date(2024, 0).valueOf() - Date.UTC(2024, 0),
  )
  await pause("primitive")
  log.push(
    typeof (fixed + 1),
    fixed - new Date(0),
    new Date(8.64e15 + 1).getTime() !== 0,
    fixed[Symbol.toPrimitive]("number"),
  )
  return log
}
main().then(value => (globalThis.result = value))

/* expected
[
  125, true, "2024-03-30T12:34:56.789Z", "\"2024-03-30T12:34:56.789Z\"", 13, -60, 13, -120,
  "2024-03-31T11:34:56.789Z", "2025-03-12T12:34:56.789Z", 3, "calendar 2001", 2, true, "Invalid Date", true,
  1714953600000, 1714971600000, -3600000, "string", 1741782896789, true, 1741782896789
]
*/
