"""What stands for a model: programs as one writes them, with the mistakes that one makes."""

PROGRAMS = {
    "What did Anna order?": [
        # A tool is called with the wrong type.
        'await host.orders.find({ name: "anna" })',
        # It loops.
        "for (;;) {}",
        """
        interface Found { id: string; total: number }
        var found: Found[] = await host.orders.find("anna");
        ({ done: `${found.length} order, ${found[0].total}` })
        """,
    ],
    "Refund a tenth of what you found yesterday.": [
        # What the world of yesterday has is still there. More than one refund in a turn is refused.
        """
        var reasons: string[] = [];
        for (const { id, total } of [...found, ...found]) {
            reasons.push(host.orders.refund(id, total / 10, { reason: "it came late" }));
        }
        """,
        "({ done: reasons[0] })",
    ],
}


def next_program(history: list[str]) -> str:
    """The next program for the task, as if the model had read what the ones before have led to."""
    task = next(text for text in history if text.startswith("Task: ")).removeprefix("Task: ")
    return PROGRAMS[task][(len(history) - 2) // 2]
