// What a global of browsers does, for an engine that has none.
import structuredClone from "@ungap/structured-clone"

globalThis.structuredClone ??= structuredClone
