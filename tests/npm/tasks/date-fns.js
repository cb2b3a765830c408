import { addBusinessDays, addMonths, differenceInCalendarDays, eachWeekOfInterval, format, formatDistance, formatISODuration, intervalToDuration, isValid, parse, parseISO, startOfWeek } from "date-fns"
import { de, ja } from "date-fns/locale"

const START = new Date(2024, 0, 31, 13, 5, 9)

export const first = () => format(START, "PPPP", { locale: de })

export default function () {
    const day = date => format(date, "yyyy-MM-dd")
    const weeks = eachWeekOfInterval({ start: START, end: addMonths(START, 1) }, { weekStartsOn: 1 })
    return {
        text: format(START, "EEEE, do MMMM yyyy 'at' h:mm a, 'week' I, 'quarter' Q"),
        german: format(START, "PPPP", { locale: de }),
        japanese: format(START, "PPPp", { locale: ja }),
        leap: day(addMonths(START, 1)),
        working: day(addBusinessDays(START, 10)),
        weeks: weeks.map(day),
        monday: day(startOfWeek(START, { locale: de })),
        parsed: parse("29. Februar 2024 08:07", "d. MMMM yyyy HH:mm", START, { locale: de }).toISOString(),
        invalid: [isValid(parse("30.02.2024", "dd.MM.yyyy", START)), isValid(parseISO("2024-02-29T12:00:00+01:00"))],
        distance: [formatDistance(START, addMonths(START, 5), { addSuffix: true }), formatDistance(0, 90000, { locale: de, includeSeconds: true })],
        duration: formatISODuration(intervalToDuration({ start: START, end: new Date(2025, 2, 3, 4, 5, 6) })),
        days: differenceInCalendarDays(new Date(2025, 0, 1), START),
    }
}
