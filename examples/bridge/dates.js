import * as chrono from "chrono-node";

/** The dates in a text, by the words that people use: `tomorrow from 3pm to 4pm`, counted from `now`. */
export const dates = (text, now) =>
  chrono.parse(text, now).map(({ text, start, end }) => ({ text, start: start.date(), end: end?.date() ?? null }));
