"""Workflows name secrets, steps get the values, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from workflow_desk import Clock, Desk, module

from snapjs import JSError, SecretExposed, Symbol, testing, workflows
from snapjs._workflows.payload import pack, unpack
from snapjs._workflows.secrets import Secrets
from snapjs.workflows import App, Run

VALUE = "sk-4242-4242"

Start = Callable[..., Run]


@pytest.fixture
def got() -> list[Any]:
    """What the step has got."""
    return []


@pytest.fixture
def desk(store: str, clock: Clock, make_desk: Callable[[App], Desk], got: list[Any]) -> Desk:
    app = workflows.App(store, clock=clock, secrets={"bank": VALUE, "short": "abc", "longer": f"{VALUE}-4242"})

    @app.step
    def take(value: Any) -> None:
        got.append(value)

    @app.step
    def leak(value: Any) -> Any:
        return {"seen": [value, f"Bearer {value}"], value: 1}

    @app.step(max_attempts=2)
    def fail(value: str) -> None:
        raise PermissionError(f"{value} may not")

    return make_desk(app)


@pytest.fixture
def start(desk: Desk) -> Start:
    """A function that goes through a run, of a source that has `ref`."""

    def through(source: str, *arguments: Any) -> Run:
        code = module(source).replace("{ hook", "{ secrets, hook")
        run = desk.app.start(f"{code}\nconst ref = secrets.ref;", *arguments)
        for _ in range(3):
            desk.advance(10)
        return run

    return through


def test_a_step_gets_the_value(start: Start, got: list[Any]) -> None:
    start("await steps.take(ref('bank'))")
    assert got == [VALUE]


def test_it_may_stand_anywhere(start: Start, got: list[Any]) -> None:
    start("const a = [ref('bank')]; a.push(a); await steps.take({ a, m: new Map([['k', ref('short')]]) })")
    assert got[0]["a"][0] == VALUE
    assert got[0]["a"][1] is got[0]["a"]
    assert got[0]["m"] == {"k": "abc"}


def test_it_lives_through_waits(start: Start, got: list[Any]) -> None:
    start("const kept = ref('bank'); await sleep(5); await steps.take(kept)")
    assert got == [VALUE]


def test_javascript_has_the_name_only(start: Start) -> None:
    run = start("const one = ref('bank'); log(one); return [String(one), JSON.stringify({ one }), one]")
    assert run.result() == ["Symbol(snapjs.secret:bank)", "{}", Symbol("snapjs.secret:bank")]
    assert run.history().turns[0].log == "Symbol(snapjs.secret:bank)\n"


def test_no_text_is_made_of_it_by_accident(start: Start) -> None:
    with pytest.raises(JSError, match=r"TypeError: cannot convert symbol to string"):
        start("return `Bearer ${ref('bank')}`").result()


@pytest.mark.parametrize("name", ["", "7", "undefined", "{}"])
def test_a_name_is_text(start: Start, name: str) -> None:
    with pytest.raises(JSError, match="TypeError: the name of a secret is text"):
        start(f"ref({name or repr('')})").result()


def test_one_that_there_is_not_is_refused_before_the_step_runs(start: Start, got: list[Any]) -> None:
    run = start("await steps.take(ref('none'))")
    with pytest.raises(JSError, match=r"UnknownSecret: The app has no secret 'none'\. Give it: App\(secrets=…\)\."):
        run.result()
    assert got == []
    assert run.history().turns[0].wanted[0].attempts == 3


def test_data_refers_to_nothing(start: Start, got: list[Any]) -> None:
    start("await steps.take(JSON.parse(input))", '["Symbol(snapjs.secret:bank)", {"key": "snapjs.secret:bank"}]')
    assert got == [["Symbol(snapjs.secret:bank)", {"key": "snapjs.secret:bank"}]]


def test_a_function_finds_values(store: str, clock: Clock, make_desk: Callable[[App], Desk]) -> None:
    desk = make_desk(workflows.App(store, clock=clock, secrets={"vault": "first-value"}.get))
    got = []
    desk.app.step(name="take")(lambda value: got.append(value))
    run = desk.start("await steps.take(Symbol.for('snapjs.secret:vault')); log('first-value')")
    desk.settle()
    assert got == ["first-value"]
    assert run.history().turns[-1].log == "[vault]\n"


def test_a_test_of_an_app_has_its_secrets(desk: Desk) -> None:
    source = module("return await steps.take(secrets.ref('bank'))").replace("{ hook", "{ secrets, hook")
    got: list[Any] = []
    with testing.workflows(desk.app, steps={"take": got.append}) as test:
        test.start(source).result()
    assert got == [VALUE]


def test_typescript_takes_it_for_text(desk: Desk) -> None:
    assert "export const secrets: { ref(name: string): Secret };" in desk.app.dts()


# ---- what is not stored


def test_what_a_step_returns_has_the_name_in_its_place(start: Start) -> None:
    run = start("return await steps.leak(ref('bank'))")
    assert run.result() == {"seen": ["[bank]", "Bearer [bank]"], "[bank]": 1}


def test_what_a_step_raises_has_the_name_in_its_place(start: Start) -> None:
    run = start("await steps.fail(ref('bank'))")
    with pytest.raises(JSError, match=r"PermissionError: \[bank\] may not"):
        run.result()


def test_a_value_that_is_part_of_another_is_another(start: Start) -> None:
    assert start("return await steps.leak(ref('longer'))").result()["seen"][0] == "[longer]"


@pytest.mark.parametrize(
    "source",
    [
        "log(VALUE); await hook('go')",
        "await steps.take({ a: [VALUE] })",
        "return [new Set([VALUE]), new Map([[VALUE, VALUE]])]",
        "return new TextEncoder().encode(VALUE)",
        "throw new RangeError(VALUE)",
        "return Symbol.for(VALUE)",
        "return new RegExp(VALUE)",
        "const all = [VALUE]; all.push(all); return all",
    ],
)
def test_what_a_program_makes_has_the_name_in_its_place(start: Start, desk: Desk, source: str) -> None:
    run = start(source.replace("VALUE", "['sk', 4242, 4242].join('-')"))
    record, stored = run._record(), desk.app._store.history(run.id, 0)
    kept = [record.result, record.error, *(turn.logs for turn in stored.turns)]
    kept += [one.command.arguments for one in stored.commands]
    assert not [data for data in kept if data is not None and VALUE.encode() in data]
    assert [data for data in kept if data is not None and b"[bank]" in data]


@pytest.mark.parametrize(
    "give",
    [
        lambda app, run: app.start("export default () => 0", {"token": VALUE}),
        lambda app, run: app.schedule("often", "* * * * *", "export default () => 0", VALUE),
        lambda app, run: app.deliver(run.id, "go", [f"Bearer {VALUE}"]),
        lambda app, run: app.cancel(run.id, VALUE),
    ],
)
def test_what_is_given_to_runs_has_no_value(desk: Desk, give: Callable[[App, Run], None]) -> None:
    run = desk.start("await hook('go')")
    with pytest.raises(SecretExposed, match=r"The value of the secret 'bank' would be stored") as exposed:
        give(desk.app, run)
    assert exposed.value.name == "bank"


def test_no_value_is_in_the_files(start: Start, store: str) -> None:
    start("await steps.leak(ref('bank')); await steps.fail(ref('bank'))")
    path = Path(store.removeprefix("sqlite:///"))
    contents = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"[bank]" in contents
    assert VALUE.encode() not in contents


def test_a_short_value_is_not_looked_for() -> None:
    packed = pack("abc")
    assert Secrets({"short": "abc"}).hidden(packed) is packed


def test_numbers_that_spell_a_value_go_altogether() -> None:
    secrets = Secrets({"bank": "ABCDEFGH"})
    packed = pack(memoryview(b"ABCDEFGH").cast("I"))
    assert unpack(secrets.hidden(packed)) == "[bank]"


@pytest.mark.parametrize("source", ["bank", 7, {"bank": 7}, {"bank": ""}, {"bank": b"bytes"}])
def test_secrets_are_text_by_names(store: str, source: Any) -> None:
    with pytest.raises(TypeError, match="secret"):
        workflows.App(store, secrets=source)
