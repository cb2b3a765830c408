"""``snapjs workflow``: runs that are started, shown, told and asked from the command line."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cli_runner import Result, cli, command, environment

from snapjs import testing
from snapjs.workflows import App

SHOP = """
from snapjs.workflows import App

app = App("sqlite:///shop.db")
failures = ["busy", "busy"]


@app.step(initial=0.001)
def pay(order: dict[str, int]) -> str:
    if failures:
        raise ConnectionError(failures.pop())
    return f"paid {order['id']}"
"""
CHECKOUT = """
import { pay } from "app:steps";
import { hook, log, sleep } from "snapjs:workflow";

export const seen: string[] = [];

export default async function checkout(order: { id: number }) {
    seen.push(await pay(order));
    log("paid", order);
    const by = await Promise.race([hook("approved"), sleep("30 days")]);
    return { by };
}
"""


class Shop:
    """A folder with an app and a workflow."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "shop.db"
        (folder / "shop.py").write_text(SHOP)
        (folder / "checkout.ts").write_text(CHECKOUT)

    def workflow(self, name: str, *arguments: str) -> Result:
        return cli("workflow", name, self.store, *arguments)

    def start(self, *options: str) -> str:
        """The id of a new run."""
        done = self.workflow("start", "checkout.ts", '{"id": 7}', "--app", "shop:app", *options)
        assert (done.exit_code, done.stderr) == (0, "")
        return done.stdout.strip()

    def work(self) -> None:
        """Do what there is to do now, but for waiting for a step that has failed."""
        worker = sys.modules["shop"].app.worker()
        while self._app().list(status="running") and (worker.take_turn() or worker.run_step() or self._is_soon()):
            pass

    def _app(self) -> App:
        app: App = sys.modules["shop"].app
        return app

    def _is_soon(self) -> bool:
        due = self._app()._store.next_due()
        return due is not None and due < self._app()._store.now() + 1


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return Shop(tmp_path)


@pytest.fixture
def paused(shop: Shop) -> str:
    """The id of a run that waits for its approval."""
    id = shop.start("--key", "order-7")
    shop.work()
    return id


# ---- start


def test_start_prints_the_id_of_a_run(shop: Shop) -> None:
    id = shop.start()
    assert App(f"sqlite:///{shop.store}").run(id).status == "running"


def test_start_with_a_key_gives_the_run_that_has_it(shop: Shop) -> None:
    assert shop.start("--key", "order-7") == shop.start("--key", "order-7")


def test_start_needs_no_app_where_there_are_no_steps(shop: Shop) -> None:
    Path("plain.js").write_text("export default (...values) => values")
    done = shop.workflow("start", "plain.js", "1", '"two"', "null")
    run = App(f"sqlite:///{shop.store}").run(done.stdout.strip())
    assert run.history().untold[0].value == [1, "two", None]


def test_start_refuses_what_is_not_json(shop: Shop) -> None:
    done = shop.workflow("start", "checkout.ts", "{id: 7}")
    assert done.exit_code == 2
    assert "'{id: 7}' is not JSON (Expecting property name enclosed in double quotes" in done.stderr


def test_start_of_a_program_that_fails_says_why(shop: Shop) -> None:
    Path("broken.js").write_text("throw new RangeError('no')")
    assert shop.workflow("start", "broken.js") == Result(1, "", "Error: RangeError: no\n")


# ---- list


def test_list_is_a_table(shop: Shop, paused: str) -> None:
    head, row = shop.workflow("list").stdout.splitlines()
    assert head.split("  ")[0] == "id"
    assert re.fullmatch(rf"{paused[:12]}  checkout\.ts  running  2      \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d  order-7", row)


def test_list_as_json(shop: Shop, paused: str) -> None:
    [run] = json.loads(shop.workflow("list", "--json").stdout)
    created = run.pop("created_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", created)
    assert run == {
        "id": paused, "workflow": "checkout.ts", "key": "order-7", "status": "running", "turn": 2, "deadline": None,
        "finished_at": None, "attributes": {}, "function": "default", "parent": None,
        "forked_from": None, "forked_turn": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ([], 2), (["--status", "running"], 2), (["--status", "failed"], 0), (["--workflow", "checkout.ts"], 2),
        (["--workflow", "other.ts"], 0), (["--limit", "1"], 1),
    ],
)  # fmt: skip
def test_list_of_some(shop: Shop, options: list[str], count: int) -> None:
    shop.start()
    shop.start()
    assert len(json.loads(shop.workflow("list", "--json", *options).stdout)) == count


def test_what_is_said_of_a_run_is_listed_and_finds_it(shop: Shop) -> None:
    id = shop.start("--attribute", "customer=7", "--attribute", 'region="north"')
    shop.start("--attribute", "customer=8")
    _, row = shop.workflow("list", "--attribute", "customer=7").stdout.splitlines()
    assert (row.split()[0], row.split("  ")[-1].strip()) == (id[:12], 'customer=7, region="north"')
    assert 'said      customer=7, region="north"' in shop.workflow("show", id).stdout.splitlines()


def test_an_attribute_without_a_value_is_refused(shop: Shop) -> None:
    done = shop.workflow("list", "--attribute", "customer")
    assert (done.exit_code, "'customer' is no name with a value" in done.stderr) == (2, True)


def test_children_are_shown_with_their_parents(shop: Shop) -> None:
    (shop.store.parent / "parent.js").write_text(
        "import { run } from 'snapjs:workflow'; export const child = n => n; export default async () => await run(child, 7)"
    )
    id = shop.workflow("start", "parent.js").stdout.strip()
    worker = App(f"sqlite:///{shop.store}").worker()
    while worker.take_turn():
        pass
    worker.close()
    assert "  wants  3  run child" in shop.workflow("show", id).stdout.splitlines()
    assert re.search(r"  told   3  child after .* → 7", shop.workflow("show", id).stdout)
    assert f"parent    {id}" in shop.workflow("show", f"{id}.3").stdout.splitlines()
    assert re.search(rf"^{id[:12]}\.3  parent\.js child  completed", shop.workflow("list").stdout, re.MULTILINE)


# ---- show


TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
TIMELINE = rf"""run       [0-9a-f]{{32}}
workflow  checkout\.ts
key       order-7
started   {TIME}
turn 1  {TIME}
  told   begin\(\{{"id": 7\}}\)
  wants  3  pay\(\{{"id": 7\}}\)
turn 2  {TIME}
  told   3  pay after [\d.]+ m?s, attempt 3 → "paid 7"
            attempt 1 failed: ConnectionError: busy
            attempt 2 failed: ConnectionError: busy
  log    paid \{{ id: 7 \}}
  wants  4  sleep until {TIME}
  wants  5  hook\("approved"\)
waits for
  4  sleep until {TIME}
  5  hook\("approved"\)
"""


def test_show_is_a_timeline(shop: Shop, paused: str) -> None:
    assert re.fullmatch(TIMELINE, shop.workflow("show", paused).stdout)


def test_show_of_a_run_without_turns(shop: Shop) -> None:
    lines = shop.workflow("show", shop.start()).stdout.splitlines()
    assert lines[3:] == ["waits for nothing but a worker", "not told yet", '  begin({"id": 7})']


def test_show_of_a_run_that_has_ended(shop: Shop, paused: str) -> None:
    shop.workflow("deliver", paused, "approved", '"ann"')
    shop.work()
    lines = shop.workflow("show", paused).stdout.splitlines()
    assert lines[-3] == '  told   hook("approved", "ann")'
    assert re.fullmatch(rf"completed  {TIME}, after .+", lines[-2])
    assert lines[-1] == '  result({"by": "ann"})'


def test_show_of_a_run_that_has_failed(shop: Shop) -> None:
    Path("fail.js").write_text("export default () => { throw new RangeError('no') }")
    id = shop.workflow("start", "fail.js", "--app", "shop:app").stdout.strip()
    shop.work()
    assert shop.workflow("show", id).stdout.splitlines()[-1] == "  RangeError: no"


def test_show_says_what_was_delivered_and_is_not_awaited(shop: Shop, paused: str) -> None:
    shop.workflow("deliver", paused, "aproved", "true")
    assert shop.workflow("show", paused).stdout.splitlines()[-2:] == ["not told yet", '  hook("aproved", true)']


def test_show_says_what_a_step_waits_for(shop: Shop) -> None:
    id = shop.start()
    worker = sys.modules["shop"].app.worker()
    worker.take_turn()
    assert shop.workflow("show", id).stdout.splitlines()[-1] == '  3  pay({"id": 7}), which no worker has begun'
    worker.run_step()
    last = shop.workflow("show", id).stdout.splitlines()[-1]
    assert re.fullmatch(rf'  3  pay\({{"id": 7}}\), attempt 1 failed: ConnectionError: busy; again {TIME}', last)


def test_show_as_json(shop: Shop, paused: str) -> None:
    shown = json.loads(shop.workflow("show", paused, "--json").stdout)
    first, second = shown["turns"]
    assert (shown["id"], shown["status"], shown["waiting"], shown["untold"]) == (paused, "running", [4, 5], [])
    assert [(one["kind"], one["value"]) for one in first["told"]] == [("begin", [{"id": 7}])]
    assert [(one["name"], one["attempts"], one["error"]) for one in first["wanted"]] == [
        ("pay", 3, "ConnectionError: busy")
    ]
    assert [[attempt["number"] for attempt in one["tried"]] for one in first["wanted"]] == [
        list(range(1, one["attempts"] + 1)) for one in first["wanted"]
    ]
    assert (second["turn"], second["log"]) == (2, "paid { id: 7 }\n")
    assert [(one["kind"], one["call"], one["state"]) for one in second["wanted"]] == [
        ("timer", 4, "waiting"), ("hook", 5, "waiting"),
    ]  # fmt: skip


@pytest.mark.slow
def test_show_follows_a_run_to_its_end(shop: Shop, paused: str) -> None:
    shop.workflow("deliver", paused, "approved")
    following = subprocess.Popen(
        command("workflow", "show", shop.store, paused, "--follow"),
        env=environment(), stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert following.stdout is not None
    with following:
        before = [following.stdout.readline() for _ in range(14)]
        shop.work()
        after = following.stdout.readlines()
    assert (following.returncode, before[-1]) == (0, '  wants  5  hook("approved")\n')
    assert [line.split("  ")[0] for line in after] == ["turn 3", "", "completed", ""]


def test_show_does_not_follow_as_json(shop: Shop, paused: str) -> None:
    assert shop.workflow("show", paused, "--follow", "--json").exit_code == 2


# ---- result


def test_result_is_json(shop: Shop, paused: str) -> None:
    shop.workflow("deliver", paused, "approved", '{"name": "Zoë"}')
    shop.work()
    assert shop.workflow("result", paused) == Result(0, '{"by": {"name": "Zoë"}}\n', "")


def test_result_of_a_run_that_waits_is_refused(shop: Shop, paused: str) -> None:
    done = shop.workflow("result", paused)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"the run {paused} has not ended: --follow waits for it" in done.stderr


@pytest.mark.slow
def test_result_follows_a_run_to_its_end(shop: Shop, paused: str) -> None:
    waiting = subprocess.Popen(
        command("workflow", "result", shop.store, paused, "--follow"),
        env=environment(), stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    shop.workflow("deliver", paused, "approved", "1")
    shop.work()
    assert waiting.communicate(timeout=60) == ('{"by": 1}\n', None)


def test_result_of_a_run_that_failed_is_exit_code_1(shop: Shop) -> None:
    Path("fail.js").write_text("export default function main() { throw new RangeError('no') }")
    id = shop.workflow("start", "fail.js", "--app", "shop:app").stdout.strip()
    shop.work()
    done = shop.workflow("result", id)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[:2] == ["RangeError: no", "    at main (fail.js:1:44)"]


@pytest.mark.slow
def test_result_of_a_run_that_a_limit_has_stopped_is_exit_code_3(shop: Shop) -> None:
    Path("long.js").write_text("export default () => { for (;;); }")
    id = shop.workflow("start", "long.js").stdout.strip()
    App(f"sqlite:///{shop.store}", turn_timeout=0.05).worker().take_turn()
    done = shop.workflow("result", id)
    assert (done.exit_code, done.stderr.split(":")[0]) == (3, "TimeLimitError")


# ---- deliver, cancel, terminate, query


def test_deliver_with_a_key_is_done_once(shop: Shop, paused: str) -> None:
    for _ in range(2):
        shop.workflow("deliver", paused, "other", "1", "--key", "click-1")
    assert len(json.loads(shop.workflow("show", paused, "--json").stdout)["untold"]) == 1


def test_deliver_to_a_run_that_has_ended_says_so(shop: Shop, paused: str) -> None:
    shop.workflow("terminate", paused)
    done = shop.workflow("deliver", paused, "approved")
    assert done == Result(1, "", f"Error: The run {paused} has ended: it is cancelled. Start another one.\n")


def test_cancel_gives_a_reason(shop: Shop, paused: str) -> None:
    assert shop.workflow("cancel", paused, "--reason", "out of stock") == Result(0, "", "")
    shop.work()
    assert '  told   cancel("out of stock")' in shop.workflow("show", paused).stdout.splitlines()


def test_terminate_gives_a_reason(shop: Shop, paused: str) -> None:
    shop.workflow("terminate", paused, "--reason", "out of stock")
    done = shop.workflow("result", paused)
    assert (done.exit_code, done.stderr) == (1, "AbortError: out of stock\n")


def test_a_run_is_paused_and_resumed(shop: Shop, paused: str) -> None:
    assert shop.workflow("pause", paused).exit_code == 0
    assert json.loads(shop.workflow("list", "--status", "paused", "--json").stdout)[0]["id"] == paused
    assert shop.workflow("resume", paused).exit_code == 0
    assert shop.workflow("list", "--status", "paused", "--json").stdout == "[]\n"


def test_a_run_that_has_ended_is_not_paused(shop: Shop, paused: str) -> None:
    shop.workflow("terminate", paused)
    done = shop.workflow("pause", paused)

    assert (done.exit_code, f"The run {paused} has ended: it is cancelled" in done.stderr) == (2, True)


def test_fork_prints_the_id_of_a_run(shop: Shop, paused: str) -> None:
    Path("mend.js").write_text("seen.push('mended')")
    done = shop.workflow("fork", paused, "--patch", "mend.js", "--key", "again")
    fork = done.stdout.strip()
    assert (done.exit_code, fork != paused) == (0, True)
    shop.work()

    assert json.loads(shop.workflow("query", fork, "seen").stdout) == ["paid 7", "mended"]
    assert f"forked    from {paused} after turn 2" in shop.workflow("show", fork).stdout
    assert "patch(\"seen.push('mended')\")" in shop.workflow("show", fork).stdout
    facts = json.loads(shop.workflow("show", fork, "--json").stdout)
    assert (facts["forked_from"], facts["forked_turn"]) == (paused, 2)


def test_fork_with_an_answer(shop: Shop, paused: str) -> None:
    fork = shop.workflow("fork", paused, "--turn", "1", "--answer", '3="free"').stdout.strip()
    shop.work()

    assert json.loads(shop.workflow("query", fork, "seen").stdout) == ["free"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--turn", "9"), "has taken 2 turns, and no turn 9"),
        (("--answer", "99=1"), "did not wait for 99"),
        (("--rerun", "99"), "did not wait for 99"),
    ],
)
def test_fork_of_what_there_is_not(shop: Shop, paused: str, options: tuple[str, ...], text: str) -> None:
    done = shop.workflow("fork", paused, *options)

    assert (done.exit_code, text in done.stderr) == (2, True)


def test_patch_changes_a_run(shop: Shop, paused: str) -> None:
    Path("mend.js").write_text("seen.push('mended')")
    assert shop.workflow("patch", paused, "mend.js").exit_code == 0
    shop.work()

    assert json.loads(shop.workflow("query", paused, "seen").stdout) == ["paid 7", "mended"]


def test_query_prints_json(shop: Shop, paused: str) -> None:
    assert shop.workflow("query", paused, "[seen, seen.length]") == Result(0, '[["paid 7"], 1]\n', "")


def test_query_leaves_the_run_as_it_is(shop: Shop, paused: str) -> None:
    shop.workflow("query", paused, "seen.pop()")
    assert shop.workflow("query", paused, "seen.length").stdout == "1\n"


def test_query_that_throws_is_exit_code_1(shop: Shop, paused: str) -> None:
    done = shop.workflow("query", paused, "nothing")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ReferenceError: ")


# ---- worker


@pytest.mark.slow
def test_worker_works_until_it_is_told_to_stop(shop: Shop) -> None:
    id = shop.start()
    worker = subprocess.Popen(command("workflow", "worker", shop.store, "--app", "shop:app"), env=environment())
    shop.workflow("deliver", id, "approved", "1")
    assert shop.workflow("result", id, "--follow").stdout == '{"by": 1}\n'
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0


def test_worker_of_another_store_is_refused(shop: Shop) -> None:
    done = cli("workflow", "worker", "other.db", "--app", "shop:app")
    text = f"Error: shop:app keeps its runs in {shop.store}, and not in other.db: name the file that the app has\n"
    assert done == Result(2, "", text)


# ---- what is not there


@pytest.mark.parametrize("name", ["show", "result", "cancel", "terminate"])
def test_a_run_that_is_not_there(shop: Shop, paused: str, name: str) -> None:
    done = shop.workflow(name, "none")
    text = f"Error: {shop.store} has no run 'none': snapjs workflow list shows those that it has\n"
    assert done == Result(2, "", text)


def test_a_store_that_is_not_there_is_not_made(shop: Shop) -> None:
    done = cli("workflow", "list", "none.db")
    assert done == Result(2, "", "Error: there is no file 'none.db': snapjs workflow start makes one\n")
    assert not Path("none.db").exists()


def test_a_file_that_is_no_store_is_left_as_it_is(shop: Shop) -> None:
    shop.store.write_text("a letter")
    done = shop.workflow("list")
    assert done == Result(
        1, "",
        f"Error: The file {shop.store} is something else than a store of workflows, and was left as it is. "
        "Name another one.\n",
    )  # fmt: skip
    assert shop.store.read_text() == "a letter"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shop", "'shop' is not an app: write the module, a colon and the variable, as shop:app"),
        ("shop:", "'shop:' is not an app: write the module, a colon and the variable, as shop:app"),
        ("shop:failures", "shop:failures is not an app: shop has no snapjs.workflows.App of the name failures"),
        ("none:app", "none:app cannot be imported: No module named 'none'"),
    ],
)
def test_an_app_that_is_not_there(shop: Shop, name: str, text: str) -> None:
    assert cli("workflow", "types", name) == Result(2, "", f"Error: {text}\n")


def test_packages_that_are_not_there_are_named(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("snapjs.workflows", "snapjs._workflows"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = cli("workflow", "start", "shop.db", "checkout.ts")
    assert done.stderr == (
        "Error: Workflows need the package apsw and the package pytimeparse2: pip install 'snapjs[workflows]'. "
        "See what snapjs doctor says.\n"
    )


# ---- types


def test_types_are_those_of_the_app(shop: Shop) -> None:
    declarations = cli("workflow", "types", "shop:app").stdout
    assert "    export const pay: (order: Record<string, number>) => Promise<string>;\n" in declarations
    assert declarations == sys.modules["shop"].app.dts()


def test_an_app_of_the_command_line_can_be_tested(shop: Shop) -> None:
    cli("workflow", "types", "shop:app")
    with testing.workflows(sys.modules["shop"].app) as app:
        run = app.start("checkout.ts", {"id": 7})
        assert run.result() == {"by": None}


def test_a_deadline(shop: Shop) -> None:
    id = shop.start("--deadline", "30 days")
    [run] = json.loads(shop.workflow("list", "--json").stdout)
    assert (run["id"], datetime.fromisoformat(run["deadline"]) - datetime.fromisoformat(run["created_at"])) == (
        id,
        pytest.approx(timedelta(days=30), abs=timedelta(seconds=1)),
    )


@pytest.mark.parametrize("deadline", ["soon", "", "0", "-5", "1e99"])
def test_what_is_no_deadline(shop: Shop, deadline: str) -> None:
    done = shop.workflow("start", "checkout.ts", "--deadline", deadline)
    assert (done.exit_code, "is not a duration: write '30 days', '2h 30m' or seconds" in done.stderr) == (2, True)
