// The engine has no Intl; these give it one, with the languages and time zones that are imported.
import "@formatjs/intl-getcanonicallocales/polyfill.js"
import "@formatjs/intl-locale/polyfill.js"
import "@formatjs/intl-pluralrules/polyfill-force.js"
import "@formatjs/intl-pluralrules/locale-data/en.js"
import "@formatjs/intl-pluralrules/locale-data/de.js"
import "@formatjs/intl-numberformat/polyfill-force.js"
import "@formatjs/intl-numberformat/locale-data/en.js"
import "@formatjs/intl-numberformat/locale-data/de.js"
import "@formatjs/intl-listformat/polyfill-force.js"
import "@formatjs/intl-listformat/locale-data/en.js"
import "@formatjs/intl-relativetimeformat/polyfill-force.js"
import "@formatjs/intl-relativetimeformat/locale-data/en.js"
import "@formatjs/intl-relativetimeformat/locale-data/de.js"
import "@formatjs/intl-datetimeformat/polyfill-force.js"
import "@formatjs/intl-datetimeformat/locale-data/en.js"
import "@formatjs/intl-datetimeformat/locale-data/de.js"
import "@formatjs/intl-datetimeformat/add-golden-tz.js"
import { DateTime, Duration, Info, Interval } from "luxon"

export const first = () => DateTime.fromISO("2024-03-30T12:00", { zone: "Europe/Berlin" }).toISO()

export default function () {
    const start = DateTime.fromISO("2024-03-30T12:00", { zone: "Europe/Berlin", locale: "en-US" })
    const later = start.plus({ days: 1 })
    const trip = Interval.fromDateTimes(start, later.plus({ hours: 5 }))
    return {
        iso: [start.toISO(), later.toISO(), start.plus({ hours: 24 }).toISO()],
        zones: ["America/New_York", "Asia/Kathmandu", "UTC+3"].map(zone => start.setZone(zone).toISO()),
        isSummer: [start.isInDST, later.isInDST],
        text: start.toFormat("EEEE, d LLLL yyyy HH:mm ZZZZ 'week' W"),
        english: start.toLocaleString(DateTime.DATE_FULL),
        german: start.setLocale("de").toLocaleString(DateTime.DATETIME_MED_WITH_WEEKDAY),
        relative: [later.toRelative({ base: start }), start.setLocale("de").toRelativeCalendar({ base: later })],
        duration: Duration.fromISO("P1DT36H").shiftTo("days", "hours").toHuman(),
        hours: trip.length("hours"),
        days: trip.splitBy({ hours: 12 }).map(part => part.toISOTime({ suppressSeconds: true })),
        months: Info.months("short", { locale: "de" }).slice(0, 4),
        parsed: DateTime.fromFormat("3. Mai 2021 07:08", "d. LLLL yyyy HH:mm", { locale: "de", zone: "Asia/Tokyo" }).toISO(),
        invalid: [DateTime.fromISO("2024-02-30").invalidReason, DateTime.local({ zone: "Nowhere/None" }).invalidReason],
    }
}
