// What the group bridge calls: a library that computes for a while, and one that answers at once.

import * as chrono from "chrono-node";
import { z } from "zod";

const schema = z.object({ name: z.string(), age: z.number().int(), mail: z.string().includes("@") });

/** The dates in a text, by the words that people use. */
export const dates = (text, now) =>
  chrono.parse(text, new Date(now)).map((found) => ({
    text: found.text,
    start: found.start.date().toISOString(),
    end: found.end?.date().toISOString() ?? null,
  }));

/** The record, if it has the fields that it should. */
export const checked = (record) => schema.parse(record);
