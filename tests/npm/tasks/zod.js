import { z } from "zod"

const Shape = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("circle"), radius: z.number().positive() }),
    z.object({ kind: z.literal("square"), side: z.coerce.number() }),
])
const Drawing = z
    .object({
        title: z.string().trim().min(3),
        shapes: z.array(Shape).nonempty(),
        made: z.iso.datetime().transform(text => new Date(text).getTime()),
        author: z.email().optional(),
        id: z.bigint().default(7n),
    })
    .strict()
    .refine(({ title, shapes }) => title.length > shapes.length, { error: "more shapes than title", path: ["shapes"] })

export const first = () => Shape.parse({ kind: "square", side: "4" }).side

export default async function () {
    const good = { title: " Art ", shapes: [{ kind: "square", side: "4" }], made: "2020-01-02T03:04:05Z" }
    const bad = { title: "a", shapes: [{ kind: "circle", radius: -1 }, { kind: "star" }], made: "today", author: "me", extra: 1 }
    const { error } = Drawing.safeParse(bad)
    const isFree = z.string().refine(async name => name !== "taken", "is taken")
    return {
        parsed: { ...Drawing.parse(good), id: Number(Drawing.parse(good).id) },
        issues: error.issues.map(({ code, path, message }) => [code, path.join("."), message]),
        pretty: z.prettifyError(error).split("\n"),
        asynchronous: [(await isFree.safeParseAsync("free")).success, (await isFree.safeParseAsync("taken")).error.issues[0].message],
        schema: z.toJSONSchema(Shape).oneOf[1].properties,
    }
}
