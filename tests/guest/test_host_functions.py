"""Python functions that JavaScript calls: how they are given, called, answered, and let go."""

from __future__ import annotations

import asyncio
import functools
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import snapjs
from snapjs import VM, ConversionError, Function, JSError

MakeVM = Callable[..., VM]


# ---- giving


def test_constructor_takes_functions(make_vm: MakeVM) -> None:
    assert make_vm(functions={"add": lambda a, b: a + b}).eval("add(2, 3)") == 5


def test_expose(vm: VM) -> None:
    vm.expose("double", lambda n: n * 2)
    assert vm.eval("double(21)") == 42


def test_dotted_names_make_objects(vm: VM) -> None:
    vm.expose("db.users.get", lambda id: {"id": id})
    vm.expose("db.users.count", lambda: 7)
    assert vm.eval("[db.users.get(3).id, db.users.count()]") == [3, 7]


def test_dotted_name_goes_into_an_object_that_exists(vm: VM) -> None:
    vm.eval("var db = { mine: 1 }")
    vm.expose("db.get", lambda: 2)
    assert vm.eval("[db.mine, db.get()]") == [1, 2]


def test_dotted_name_through_a_primitive_is_refused(vm: VM) -> None:
    vm.eval("var db = 5")
    with pytest.raises(TypeError, match=r"'db\.get' cannot be exposed: db is not an object"):
        vm.expose("db.get", lambda: 2)


def test_dotted_name_through_what_cannot_be_set_is_refused(vm: VM) -> None:
    vm.eval("Object.defineProperty(globalThis, 'db', { get() {}, set() {}, configurable: true, enumerable: true }); 0")
    with pytest.raises(TypeError, match=r"'db\.get' cannot be exposed: db is not an object"):
        vm.expose("db.get", lambda: 2)


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b"])
def test_empty_parts_of_a_name_are_refused(vm: VM, name: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        vm.expose(name, lambda: 1)


def test_decorator(vm: VM) -> None:
    @vm.function
    def greet(name: str) -> str:
        return f"Hello, {name}"

    assert vm.eval("greet('Ada')") == "Hello, Ada"
    assert greet("Bob") == "Hello, Bob"


def test_decorator_with_a_name(vm: VM) -> None:
    @vm.function(name="util.greet")
    def greet() -> str:
        return "hi"

    assert vm.eval("util.greet()") == "hi"


def test_decorator_with_parentheses(vm: VM) -> None:
    @vm.function()
    def greet() -> str:
        return "hi"

    assert vm.eval("greet()") == "hi"


def test_name_can_be_bound_anew(vm: VM) -> None:
    vm.expose("f", lambda: 1)
    vm.eval("var old = f")
    vm.expose("f", lambda: 2)
    assert vm.eval("[f(), old()]") == [2, 2]


def test_function_has_its_name(vm: VM) -> None:
    vm.expose("tools.search", lambda: 1)
    assert vm.eval("tools.search.name") == "search"


class Doubler:
    def __call__(self, n: int) -> int:
        return 2 * n


@pytest.mark.parametrize(
    ("callable_", "call", "answer"),
    [
        (len, "f([1, 2])", 2),
        (functools.partial(max, 5), "f(7)", 7),
        (str.upper, "f('a')", "A"),
        (dict, "f()", {}),
        (Doubler(), "f(4)", 8),
    ],
    ids=["built-in", "partial", "method", "type", "object"],
)
def test_any_callable(vm: VM, callable_: Callable[..., Any], call: str, answer: Any) -> None:
    vm.expose("f", callable_)
    assert vm.eval(call) == answer
    assert vm.eval(f"f => {call}")(callable_) == answer


def test_what_is_not_callable_is_refused(vm: VM) -> None:
    with pytest.raises(TypeError, match=r"a host function is a callable or snapjs\.pending, not int"):
        vm.expose("f", 5)  # type: ignore[arg-type]


# ---- calling


def test_arguments_and_result_are_converted(vm: VM) -> None:
    seen: list[Any] = []
    vm.expose("f", lambda *args: seen.append(args) or {"ok": b"\1"})
    assert vm.eval("f(1, 'two', [3], { four: 4n }, undefined, null).ok") == b"\1"
    assert seen == [(1, "two", [3], {"four": 4}, snapjs.undefined, None)]


def test_none_is_null(vm: VM) -> None:
    vm.expose("f", lambda: None)
    assert vm.eval("f() === null") is True


def test_wrong_number_of_arguments_is_a_type_error_in_javascript(vm: VM) -> None:
    vm.expose("f", lambda a: a)
    assert vm.eval("try { f() } catch (e) { e.name }") == "TypeError"
    with pytest.raises(TypeError, match="positional argument"):
        vm.eval("f(1, 2)")


def test_argument_that_cannot_be_converted_is_a_type_error_in_javascript(vm: VM) -> None:
    called: list[Any] = []
    vm.expose("f", called.append)
    code = "var deep = 0; for (let i = 0; i < 600; i++) deep = [deep]; try { f(deep) } catch (e) { e.name + ': ' + e.message }"
    assert vm.eval(code).startswith("TypeError: the value nests more than 512 levels deep")
    assert called == []


def test_result_that_cannot_be_converted_is_an_error_in_javascript(vm: VM) -> None:
    vm.expose("f", lambda: {"a": [object()]})
    assert vm.eval("try { f() } catch (e) { e.name + ': ' + e.message }") == (
        "ConversionError: A Python object has no counterpart in JavaScript: $.a[0]. "
        "Pass a dict, a list or another type that has a conversion."
    )


def test_result_that_cannot_be_converted_is_a_conversion_error_in_python(vm: VM) -> None:
    vm.expose("f", object)
    with pytest.raises(ConversionError) as caught:
        vm.eval("f()")
    assert caught.value.path == "$"


def test_getter_among_the_arguments_that_throws(vm: VM) -> None:
    vm.expose("f", lambda a: a)
    assert vm.eval("try { f({ get a() { throw new RangeError('g') } }) } catch (e) { e.name }") == "RangeError"


def test_construction_of_a_host_function_is_a_type_error(vm: VM) -> None:
    vm.expose("f", lambda: 1)
    with pytest.raises(JSError, match="TypeError"):
        vm.eval("new f()")


def test_many_calls_in_one_script(vm: VM) -> None:
    vm.expose("next", iter(range(10000)).__next__)
    assert vm.eval("let sum = 0; for (let i = 0; i < 10000; i++) sum += next(); sum") == 49995000


def test_large_argument_and_result(vm: VM) -> None:
    vm.expose("f", lambda data: data + data)
    assert vm.eval("f(new Uint8Array(3000000)).length") == 6000000


# ---- exceptions


def test_python_exception_in_javascript(vm: VM) -> None:
    def f() -> None:
        raise ValueError("bad value")

    vm.expose("f", f)
    assert vm.eval("try { f() } catch (e) { [e instanceof Error, e.name, e.message, String(e)] }") == [
        True,
        "ValueError",
        "bad value",
        "ValueError: bad value",
    ]


@pytest.mark.parametrize("name", ["TypeError", "RangeError", "EvalError", "URIError", "InternalError"])
def test_error_with_the_name_of_one_of_the_language_is_one(vm: VM, name: str) -> None:
    def f() -> None:
        raise JSError(name, "bad")

    vm.expose("f", f)
    code = (
        f"try {{ f() }} catch (e) {{ [e instanceof {name}, e instanceof Error, Object.hasOwn(e, 'name'), String(e)] }}"
    )
    assert vm.eval(code) == [True, True, False, f"{name}: bad"]


@pytest.mark.parametrize("name", ["Error", "ValueError", "AggregateError", "typeError", ""])
def test_error_with_another_name_has_that(vm: VM, name: str) -> None:
    def f() -> None:
        raise JSError(name, "bad")

    vm.expose("f", f)
    assert vm.eval("try { f() } catch (e) { [Object.getPrototypeOf(e) === Error.prototype, e.name] }") == [True, name]


def test_python_exception_through_javascript_is_the_same_object(vm: VM) -> None:
    error = KeyError("k")

    def f() -> None:
        raise error

    vm.expose("f", f)
    with pytest.raises(KeyError) as caught:
        vm.eval("f()")
    assert caught.value is error


def test_traceback_reaches_from_the_call_to_the_host_function(vm: VM) -> None:
    def deep_inside() -> None:
        raise ValueError("x")

    def f() -> None:
        deep_inside()

    vm.expose("f", f)
    with pytest.raises(ValueError) as caught:
        vm.eval("f()")
    names = [entry.name for entry in caught.traceback]
    assert names[0] == "test_traceback_reaches_from_the_call_to_the_host_function"
    assert names[-2:] == ["f", "deep_inside"]


def test_python_exception_has_the_javascript_stack_as_a_note(vm: VM) -> None:
    def f() -> None:
        raise ValueError("x")

    vm.expose("f", f)
    with pytest.raises(ValueError) as caught:
        vm.eval("function caller() { f() }\ncaller()", filename="app.js")
    assert caught.value.__notes__ == [
        "JavaScript stack:\n    at f (native)\n    at caller (app.js:1:20)\n    at <eval> (app.js:2:1)"
    ]


def test_error_that_the_host_has_made_gets_the_javascript_stack(vm: VM) -> None:
    def f() -> None:
        raise JSError("TypeError", "x")

    vm.expose("f", f)
    with pytest.raises(JSError) as caught:
        vm.eval("function caller() { f() }\ncaller()", filename="app.js")
    assert caught.value.stack == "    at f (native)\n    at caller (app.js:1:20)\n    at <eval> (app.js:2:1)\n"


def test_exception_rethrown_and_wrapped_keeps_the_original_as_cause(vm: VM) -> None:
    error = ValueError("inner")

    def f() -> None:
        raise error

    vm.globals["f"] = f
    with pytest.raises(JSError, match="outer") as caught:
        vm.eval("try { f() } catch (e) { throw new Error('outer', { cause: e }) }")
    assert caught.value.cause is error
    assert caught.value.__cause__ is error
    del caught  # the error's traceback holds this frame, and JavaScript the error: no collector sees such a circle


def test_exception_with_a_cause(vm: VM) -> None:
    def f() -> None:
        raise ValueError("outer") from KeyError("inner")

    vm.expose("f", f)
    assert vm.eval("try { f() } catch (e) { e.cause.name }") == "KeyError"


def test_exception_that_is_caught_lets_the_script_go_on(vm: VM) -> None:
    def f() -> None:
        raise ValueError("x")

    vm.expose("f", f)
    assert vm.eval("let caught = 0; for (let i = 0; i < 100; i++) try { f() } catch { caught++ } caught") == 100


def test_javascript_error_through_python_is_the_same_object(vm: VM) -> None:
    vm.expose("call", lambda f: f())
    assert (
        vm.eval("var thrown = new RangeError('x'); try { call(() => { throw thrown }) } catch (e) { e === thrown }")
        is True
    )


def test_js_error_made_in_python(vm: VM) -> None:
    def f() -> None:
        raise JSError("HttpError", "404")

    vm.expose("f", f)
    assert vm.eval("try { f() } catch (e) { String(e) }") == "HttpError: 404"


def test_exception_whose_text_cannot_be_had(vm: VM) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    def f() -> None:
        raise Mute

    vm.expose("f", f)
    with pytest.raises(ConversionError, match="The text of a Mute cannot be had"):
        vm.eval("f()")
    assert vm.eval("1") == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_exit_cannot_be_caught_by_javascript(vm: VM, kind: type[BaseException]) -> None:
    def f() -> None:
        raise kind

    vm.expose("f", f)
    with pytest.raises(kind):
        vm.eval("try { f() } catch { globalThis.caught = 1 } finally { globalThis.finished = 1 } globalThis.after = 1")
    assert [name in vm.globals for name in ("caught", "finished", "after")] == [False, False, False]
    assert vm.eval("1 + 1") == 2


@pytest.mark.abandons("code was stopped in its middle")
@pytest.mark.parametrize(
    "code",
    [
        "new Promise(() => stop()).catch(() => { caught = 1 }); caught = 1",
        "(async () => { try { stop() } catch { caught = 1 } })().catch(() => { caught = 1 }); caught = 1",
        "Promise.resolve({ then() { stop() } }).catch(() => { caught = 1 })",
        "Promise.try(stop).catch(() => { caught = 1 }); caught = 1",
        "(async function* () { stop() })().next().catch(() => { caught = 1 }); caught = 1",
    ],
)
def test_exit_is_not_made_a_rejection(vm: VM, code: str) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    vm.expose("stop", stop)
    with pytest.raises(KeyboardInterrupt):
        vm.eval("var caught = 0; for (let i = 0; i < 100; i++) { " + code + " }")
    vm.expose("stop", lambda: None)
    vm.run_jobs()
    assert vm.eval("caught") == 0


# ---- letting go


def test_lambda_is_released_when_javascript_drops_it(vm: VM) -> None:
    function = lambda: 1  # noqa: E731
    alive = weakref.ref(function)
    vm.globals["f"] = function
    assert vm.eval("f()") == 1
    del function, vm.globals["f"]
    vm.gc()
    vm.globals["other"] = lambda: 2
    assert alive() is None


def test_async_functions_that_are_dropped_before_the_loop_starts_answer(vm: VM) -> None:
    def answering(number: int) -> Callable[[], Any]:
        async def answer() -> int:
            return number

        return answer

    vm.eval("globalThis.got = []; 0")
    take = vm.eval("f => { f().then(number => { got.push(number) }) }")
    for number in range(20):
        take(answering(number))
    vm.gc()
    assert vm.statistics().pending == 20
    asyncio.run(vm.run_until_idle_async())
    assert vm.eval("got.sort((a, b) => a - b)") == list(range(20))


def test_lambda_lives_as_long_as_javascript_holds_it(vm: VM) -> None:
    vm.globals["f"] = lambda: 5
    gc.collect()
    vm.gc()
    assert vm.eval("f()") == 5


def test_a_thousand_lambdas_leave_nothing(vm: VM) -> None:
    take = vm.eval("f => f()")
    for number in range(1000):
        assert take(lambda number=number: number) == number
    vm.gc()
    vm.globals["last"] = None
    take(lambda: 1)
    assert vm.statistics().lent_functions < 10


def test_exceptions_are_released(vm: VM) -> None:
    class Heavy(Exception):
        pass

    alive: list[weakref.ref[Heavy]] = []

    def f() -> None:
        error = Heavy()
        alive.append(weakref.ref(error))
        raise error

    vm.expose("f", f)
    for _ in range(100):
        vm.eval("try { f() } catch {}")
    gc.collect()
    assert sum(reference() is not None for reference in alive) <= 1


def test_a_function_is_lent_while_a_dropped_exception_frees_one_of_javascript(vm: VM) -> None:
    def refuse(function: Function) -> None:
        raise ValueError("no")

    vm.expose("refuse", refuse)
    vm.eval("for (let i = 0; i < 2; i++) try { refuse(() => 1) } catch {}")
    vm.expose("other", lambda: 5)
    assert vm.eval("other()") == 5


def test_exposed_function_is_released_with_the_vm() -> None:
    function = lambda: 1  # noqa: E731
    alive = weakref.ref(function)
    vm = VM(functions={"f": function})
    vm.eval("f()")
    del function
    vm.close()
    del vm
    gc.collect()
    assert alive() is None


def test_exception_that_javascript_holds_is_released_when_the_vm_is_closed() -> None:
    """Its traceback leads to the VM, which must not lead back: what a host holds would stay until Python looks for
    cycles."""

    class Failed(Exception):
        pass

    raised: list[weakref.ref[Failed]] = []

    def fail() -> None:
        error = Failed()
        raised.append(weakref.ref(error))
        try:
            raise error
        finally:
            del error

    gc.disable()
    try:
        with VM(functions={"fail": fail}) as vm:
            vm.eval("try { fail() } catch (error) { globalThis.kept = error }")
            assert raised[0]() is not None
        assert raised[0]() is None
    finally:
        gc.enable()


def test_vm_that_nobody_refers_to_is_freed_at_once() -> None:
    vm = VM()
    vm.expose("f", lambda: 1)
    vm.eval("f()")
    alive = weakref.ref(vm._bridge)
    del vm
    assert alive() is None


def test_the_mark_of_pending_calls_is_one() -> None:
    assert pickle.loads(pickle.dumps(snapjs.pending)) is snapjs.pending
    assert repr(snapjs.pending) == "snapjs.pending"
