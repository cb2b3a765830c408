"""What is said of runs, so that they are found."""

from __future__ import annotations

from typing import Any

import pytest
from workflow_desk import Desk, module

from snapjs import JSError
from snapjs.workflows import App, Run


def begin(app: App, body: str = "", **options: Any) -> Run:
    return app.start(f'import {{ attributes }} from "snapjs:workflow";\n{module(body)}', **options)


def refusal(desk: Desk, body: str) -> str:
    run = begin(desk.app, body)
    desk.settle()
    with pytest.raises(JSError) as caught:
        run.result(timeout=0.001)
    return str(caught.value)


def found(app: App, **wanted: Any) -> set[str]:
    return {run.id for run in app.list(attributes=wanted)}


def test_what_a_run_is_started_with(app: App) -> None:
    run = begin(app, attributes={"customer": 7, "region": "north", "express": True, "share": 0.5})

    assert run.attributes == {"customer": 7, "express": True, "region": "north", "share": 0.5}


def test_a_run_gives_itself_some(desk: Desk) -> None:
    run = begin(desk.app, "attributes({ customer: 7 }); await hook('go')", attributes={"region": "north"})
    desk.settle()

    assert run.attributes == {"customer": 7, "region": "north"}


def test_the_latest_value_counts_and_null_is_none(desk: Desk) -> None:
    run = begin(desk.app, "attributes({ a: 1, b: 2, c: 3 }); attributes({ a: null }); await hook('go'); "
                          "attributes({ b: 3, c: undefined })")  # fmt: skip
    desk.settle()
    run.deliver("go")
    desk.settle()

    assert run.attributes == {"b": 3}


def test_runs_are_found_by_all_that_is_asked_for(app: App) -> None:
    north = begin(app, attributes={"customer": 7, "region": "north"})
    south = begin(app, attributes={"customer": 7, "region": "south"})
    begin(app)

    assert found(app, customer=7) == {north.id, south.id}
    assert found(app, customer=7, region="south") == {south.id}


def test_runs_are_found_that_have_none_of_a_name(app: App) -> None:
    begin(app, attributes={"customer": 7})
    other = begin(app)

    assert found(app, customer=None) == {other.id}


@pytest.mark.parametrize(("here", "there"), [(7.0, "7"), (-0.0, "-0"), (2**60, "2 ** 60"), (0.1, "0.1"), ("ä", "'ä'")])
def test_a_number_is_the_same_on_both_sides(desk: Desk, here: Any, there: str) -> None:
    run = begin(desk.app, f"attributes({{ n: {there} }}); await hook('go')")
    desk.settle()

    assert found(desk.app, n=here) == {run.id}


def test_true_is_not_one(app: App) -> None:
    begin(app, attributes={"n": 1})

    assert found(app, n=True) == set()


@pytest.mark.parametrize("value", ["{}", "[1]", "NaN", "1n", "Symbol()", "() => 1"])
def test_other_values_are_refused(desk: Desk, value: str) -> None:
    assert "TypeError: the attribute n is text, a number or a boolean" in refusal(desk, f"attributes({{ n: {value} }})")


def test_too_much_is_refused(desk: Desk) -> None:
    body = "attributes(Object.fromEntries(Array.from({ length: 65 }, (_, n) => [n, n])))"
    assert refusal(desk, body) == "RangeError: a run gives itself at most 64 attributes"


def test_too_much_little_by_little_is_refused(desk: Desk) -> None:
    body = "for (let n = 0; n < 65; n++) attributes({ [`n${n}`]: n })"
    assert refusal(desk, body) == "RangeError: a run gives itself at most 64 attributes"


@pytest.mark.parametrize("attributes", ["{ '': 1 }", "{ ['n'.repeat(65)]: 1 }", "{ n: 'x'.repeat(1001) }"])
def test_names_and_texts_have_limits(desk: Desk, attributes: str) -> None:
    assert refusal(desk, f"attributes({attributes})").startswith("RangeError: the name of an attribute has 1 to 64")


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"n": []}, TypeError), ({1: 1}, TypeError), ({"n": float("nan")}, ValueError), ({"n": 10**400}, ValueError),
        ({"": 1}, ValueError), ({"n" * 65: 1}, ValueError), ({"n": "x" * 1001}, ValueError), ({"n": "\0"}, ValueError),
        ({str(n): n for n in range(65)}, ValueError),
    ],
)  # fmt: skip
def test_python_is_refused_likewise(app: App, attributes: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="attribute"):
        begin(app, attributes=attributes)
    assert app.list() == []


def test_a_text_that_no_database_takes_is_not_stored(desk: Desk) -> None:
    run = begin(desk.app, "attributes({ n: '\\ud800' }); return 1")
    desk.settle()

    assert (run.result(timeout=0.001), run.attributes) == (1, {})
    assert "the text of the attribute n is to have at most 1000 characters" in run.history().turns[0].log


def test_a_program_that_goes_around_the_module_gets_no_more_room(desk: Desk) -> None:
    run = begin(
        desk.app,
        """
        const add = Set.prototype.add;
        Object.defineProperty(Set.prototype, "size", { get: () => 0 });
        for (let n = 0; n < 200; n++) attributes({ [`n${n}`]: n });""",
    )
    desk.settle()

    assert len(run.attributes) == 128


def test_to_ask_without_an_end_takes_no_longer_than_a_turn_may(desk: Desk, store: str, clock: Any) -> None:
    app = App(store, clock=clock, turn_timeout=0.05)
    run = begin(app, "for (;;) { attributes({ n: 1 }); await null }")
    app.worker().take_turn()

    with pytest.raises(JSError, match="TimeLimitError"):
        run.result(timeout=0.001)


def test_a_name_that_no_database_takes(desk: Desk) -> None:
    assert refusal(desk, "await hook('\\ud800')").startswith("TypeError: a name is text of Unicode")
