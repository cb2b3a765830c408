"""That the runner says of a test what is true of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test262.execute import Limits
from test262.pool import Settings, Worker
from test262.results import Result, Verdict
from tiny_suite import write, write_harness, write_test


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    write_harness(tmp_path)
    return tmp_path


def run(suite: Path, body: str, **matter: Any) -> list[Result]:
    """The results of a test with this body and front matter."""
    settings = Settings(suite, Limits(seconds=5), skipped={"Fancy": "not here", "skipped/": "not now"})
    return Worker(settings).results([write_test(suite, "folder/test.js", body, **matter)])


def verdicts(suite: Path, body: str, **matter: Any) -> dict[str, str]:
    """From mode to verdict."""
    return {result.mode: str(result.verdict) for result in run(suite, body, **matter)}


def detail(suite: Path, body: str, **matter: Any) -> str:
    """Why a test failed, or was skipped, in its first mode."""
    result = run(suite, body, **matter)[0]
    assert result.verdict != Verdict.PASSED
    return result.detail


# ---- modes


def test_a_test_without_flags_runs_in_both_modes(suite: Path) -> None:
    assert verdicts(suite, "assert.sameValue(1, 1)") == {"sloppy": "passed", "strict": "passed"}


def test_strict_code_fails_in_strict_mode_only(suite: Path) -> None:
    assert verdicts(suite, "undeclared = 1") == {"sloppy": "passed", "strict": "failed"}


@pytest.mark.parametrize(
    "flag, mode, is_strict",
    [("onlyStrict", "strict", True), ("noStrict", "sloppy", False), ("module", "module", True), ("raw", "raw", False)],
)
def test_flags_choose_one_mode(suite: Path, flag: str, mode: str, is_strict: bool) -> None:
    body = f"if ((function () {{ return this === undefined }})() !== {str(is_strict).lower()}) throw 1"
    assert verdicts(suite, body, flags=[flag]) == {mode: "passed"}


def test_a_raw_test_has_no_harness(suite: Path) -> None:
    assert verdicts(suite, "if (typeof assert !== 'undefined') throw 1", flags=["raw"]) == {"raw": "passed"}


def test_a_raw_test_keeps_its_first_line(suite: Path) -> None:
    write(suite / "test" / "hash.js", "#! its first line\n/*---\nflags: [raw]\n---*/\n")
    assert [result.verdict for result in Worker(Settings(suite)).results(["hash.js"])] == ["passed"]


def test_a_raw_module_has_no_harness(suite: Path) -> None:
    body = "if (typeof assert !== 'undefined') throw 1"
    assert verdicts(suite, body, flags=["raw", "module"]) == {"module": "passed"}


def test_each_run_has_a_realm_of_its_own(suite: Path) -> None:
    body = "assert.sameValue(typeof left, 'undefined'); globalThis.left = 1; delete Array.prototype.map"
    assert verdicts(suite, body) == {"sloppy": "passed", "strict": "passed"}


# ---- failures


def test_a_failing_assertion_fails_the_test(suite: Path) -> None:
    assert detail(suite, "assert.sameValue(1, 2)") == "Test262Error: 1 is not 2"


def test_an_error_of_syntax_fails_the_test(suite: Path) -> None:
    assert detail(suite, "1 +").startswith("SyntaxError: ")


def test_a_test_that_does_not_end_fails(suite: Path) -> None:
    settings = Settings(suite, Limits(seconds=0.1))
    name = write_test(suite, "test.js", "for (;;);", flags=["noStrict"])
    assert Worker(settings).results([name])[0].detail.startswith("TimeLimitError: ")


def test_a_test_without_front_matter_fails(suite: Path) -> None:
    write(suite / "test" / "bare.js", "1")
    assert Worker(Settings(suite)).results(["bare.js"])[0].detail == "bare.js has no front matter"


def test_an_unknown_flag_fails_the_test(suite: Path) -> None:
    assert "flags that this runner does not know: unheard" in detail(suite, "1", flags=["unheard"])


# ---- harness files


def test_includes_are_run_before_the_test(suite: Path) -> None:
    body = "assert.sameValue(extra + deep, 3)"
    assert verdicts(suite, body, includes=["extra.js", "folder/deep.js"], flags=["onlyStrict"]) == {"strict": "passed"}


def test_files_that_are_not_included_are_not_run(suite: Path) -> None:
    assert detail(suite, "extra") == "ReferenceError: extra is not defined"


def test_a_missing_harness_file_fails_the_test(suite: Path) -> None:
    assert detail(suite, "1", includes=["none.js"]) == "the suite has no harness file none.js"


# ---- negative tests


def negative(phase: str, kind: str) -> str:
    return f"{{phase: {phase}, type: {kind}}}"


@pytest.mark.parametrize(
    "body, phase, kind",
    [
        ("$DONOTEVALUATE(); let a; let a", "parse", "SyntaxError"),
        ("null.member", "runtime", "TypeError"),
        ("throw new Test262Error()", "runtime", "Test262Error"),
    ],
)
def test_a_negative_test_passes_with_its_error(suite: Path, body: str, phase: str, kind: str) -> None:
    assert verdicts(suite, body, negative=negative(phase, kind)) == {"sloppy": "passed", "strict": "passed"}


def test_a_negative_test_fails_without_an_error(suite: Path) -> None:
    assert detail(suite, "1", negative=negative("runtime", "TypeError")) == "there was no TypeError in phase runtime"


def test_a_negative_test_fails_with_another_error(suite: Path) -> None:
    found = detail(suite, "null.member", negative=negative("runtime", "RangeError"))
    assert found.startswith("not RangeError in phase runtime: TypeError: ")


def test_a_negative_test_of_parsing_fails_when_the_error_comes_later(suite: Path) -> None:
    body = "throw new SyntaxError('late')"
    assert detail(suite, body, negative=negative("parse", "SyntaxError")) == "there was no SyntaxError in phase parse"


def test_a_negative_test_of_running_fails_when_the_error_comes_earlier(suite: Path) -> None:
    found = detail(suite, "let a; let a", negative=negative("runtime", "SyntaxError"))
    assert found.startswith("not SyntaxError in phase runtime: WrongPhase: it failed before it ran: SyntaxError: ")


def test_a_negative_module_passes_with_an_error_of_resolution(suite: Path) -> None:
    write(suite / "test" / "folder" / "empty_FIXTURE.js", "")
    body = "$DONOTEVALUATE(); import { absent } from './empty_FIXTURE.js'"
    found = verdicts(suite, body, flags=["module"], negative=negative("resolution", "SyntaxError"))
    assert found == {"module": "passed"}


def test_a_negative_module_fails_when_it_was_evaluated(suite: Path) -> None:
    found = detail(suite, "$DONOTEVALUATE()", flags=["module"], negative=negative("parse", "SyntaxError"))
    assert found == "not SyntaxError in phase parse: string: it was evaluated"


def test_a_negative_test_needs_a_known_phase(suite: Path) -> None:
    assert "negative, without a phase" in detail(suite, "1", negative=negative("early", "SyntaxError"))


# ---- modules


def test_a_module_imports_files_beside_it(suite: Path) -> None:
    write(suite / "test" / "folder" / "value_FIXTURE.js", "export default 5")
    body = "import value from './value_FIXTURE.js'; assert.sameValue(value, 5)"
    assert verdicts(suite, body, flags=["module"]) == {"module": "passed"}


def test_a_module_imports_itself(suite: Path) -> None:
    body = "import * as self from './test.js'; export const one = 1; assert.sameValue(self.one, 1)"
    assert verdicts(suite, body, flags=["module"]) == {"module": "passed"}


def test_a_script_imports_files_beside_it(suite: Path) -> None:
    write(suite / "test" / "folder" / "value_FIXTURE.js", "export default 5")
    body = "import('./value_FIXTURE.js').then(m => assert.sameValue(m.default, 5)).then($DONE, $DONE)"
    assert verdicts(suite, body, flags=["async"]) == {"sloppy": "passed", "strict": "passed"}


def test_files_outside_of_the_suite_are_no_modules(suite: Path) -> None:
    write(suite / "outside.js", "export default 1")
    assert detail(suite, "import '../../outside.js'", flags=["module"]).startswith("ModuleNotFound: ")


# ---- asynchronous tests


def test_an_asynchronous_test_passes_when_it_says_so(suite: Path) -> None:
    assert verdicts(suite, "Promise.resolve().then($DONE, $DONE)", flags=["async"])["strict"] == "passed"


def test_an_asynchronous_test_may_wait_for_a_timer(suite: Path) -> None:
    assert verdicts(suite, "setTimeout($DONE, 1)", flags=["async", "noStrict"]) == {"sloppy": "passed"}


def test_an_asynchronous_module_may_wait_for_a_timer(suite: Path) -> None:
    body = "await new Promise(resolve => setTimeout(resolve, 1)); $DONE()"
    assert verdicts(suite, body, flags=["async", "module"]) == {"module": "passed"}


def test_an_asynchronous_test_fails_with_what_it_says(suite: Path) -> None:
    assert detail(suite, "Promise.reject('why').then($DONE, $DONE)", flags=["async"]) == "why"


def test_an_asynchronous_test_fails_that_passes_and_fails(suite: Path) -> None:
    assert detail(suite, "$DONE(); $DONE('late')", flags=["async"]) == "late"


def test_an_asynchronous_test_fails_that_never_says_anything(suite: Path) -> None:
    assert detail(suite, "1", flags=["async"]) == "$DONE was not called"


def test_an_asynchronous_test_fails_whose_timers_go_on_and_on(suite: Path) -> None:
    settings = Settings(suite, Limits(seconds=0.05))
    name = write_test(suite, "test.js", "setInterval(() => {}, 1)", flags=["async", "noStrict"])
    assert Worker(settings).results([name])[0].detail == "TimeoutError: its timers go on and on"


def test_a_module_fails_that_waits_for_nothing(suite: Path) -> None:
    assert detail(suite, "await new Promise(() => {})", flags=["module"]).startswith("StillPending: ")


# ---- what a host provides


@pytest.mark.parametrize(
    "body",
    [
        "assert.sameValue($262.global, globalThis)",
        "$262.evalScript('let lexical = 7'); assert.sameValue(lexical, 7)",
        "assert.sameValue($262.evalScript('1 + 1'), 2)",
        "try { $262.evalScript('+'); assert(false) } catch (e) { assert.sameValue(e.constructor, SyntaxError) }",
        "const b = new ArrayBuffer(8); $262.detachArrayBuffer(b); assert.sameValue(b.detached, true)",
        "$262.gc()",
        "const o = $262.createRealm().global; assert.sameValue(o.Array === Array, false)",
        "const r = $262.createRealm(); r.evalScript('var own = 1'); assert.sameValue(r.global.own, 1)",
        "assert.sameValue(typeof $262.createRealm().createRealm().evalScript, 'function')",
        "const b = new ArrayBuffer(8); $262.createRealm().detachArrayBuffer(b); assert.sameValue(b.detached, true)",
    ],
)
def test_the_host_object(suite: Path, body: str) -> None:
    assert verdicts(suite, body, flags=["noStrict"]) == {"sloppy": "passed"}


# ---- skips


def test_features_that_the_engine_lacks_are_skipped(suite: Path) -> None:
    assert detail(suite, "throw 1", features=["Plain", "Fancy"]) == "Fancy: not here"


def test_folders_are_skipped(suite: Path) -> None:
    settings = Settings(suite, skipped={"skipped/": "not now"})
    name = write_test(suite, "skipped/below/test.js", "throw 1", flags=["noStrict"])
    assert Worker(settings).results([name])[0][:4] == (name, "sloppy", Verdict.SKIPPED, "skipped/: not now")


@pytest.mark.parametrize(
    "body, matter",
    [
        ("$262.agent.start('')", {}),
        ("1", {"includes": ["atomicsHelper.js"]}),
        ("1", {"flags": ["CanBlockIsTrue"]}),
    ],
)
def test_what_needs_threads_is_skipped(suite: Path, body: str, matter: dict[str, Any]) -> None:
    assert set(verdicts(suite, body, **matter).values()) == {"skipped"}


def test_only_tests_that_use_a_feature_are_run(suite: Path) -> None:
    names = [write_test(suite, f"{name}.js", "1", features=[name], flags=["raw"]) for name in ("One", "Two")]
    results = Worker(Settings(suite, only_features={"Two"})).results(names)
    assert [result.name for result in results] == ["Two.js"]
