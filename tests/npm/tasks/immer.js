import { applyPatches, createDraft, current, enableMapSet, enablePatches, finishDraft, isDraft, original, produce, produceWithPatches } from "immer"

enableMapSet()
enablePatches()

function error(action) {
    try {
        action()
    } catch (thrown) {
        return thrown.constructor.name
    }
}

export const first = () => produce({ a: 1 }, draft => void (draft.a = 2))

export default function () {
    const before = { todos: [{ text: "a", done: false }, { text: "b", done: false }], seen: new Map([["x", new Set([1])]]) }
    const [after, patches, inverse] = produceWithPatches(before, draft => {
        draft.todos[1].done = true
        draft.todos.push({ text: "c", done: false })
        draft.seen.get("x").add(2)
    })
    const draft = createDraft(after)
    draft.todos.splice(0, 1)
    const during = [isDraft(draft), current(draft).todos.length, original(draft) === after]
    const finished = finishDraft(draft)
    return {
        before: [before.todos.length, before.todos[1].done, [...before.seen.get("x")]],
        after: [after.todos.map(todo => todo.done), [...after.seen.get("x")]],
        shared: [after.todos[0] === before.todos[0], after.todos === before.todos],
        patches: patches.map(({ op, path, value }) => [op, path.join("/"), value]),
        isUndone: JSON.stringify(applyPatches(after, inverse).todos) === JSON.stringify(before.todos),
        during,
        finished: finished.todos.map(todo => todo.text),
        frozen: error(() => after.todos.push(1)),
        same: produce(before, () => {}) === before,
    }
}
