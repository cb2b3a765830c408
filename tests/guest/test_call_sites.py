"""What Error.prepareStackTrace is given: no function of strict or native code, and so none of the web platform's own."""

import pytest

from snapjs import VM

pytestmark = pytest.mark.keeps("Error.prepareStackTrace")

FUNCTIONS_OF = """(run) => {
    let functions;
    Error.prepareStackTrace = (_, sites) => { functions = sites.map((site) => site.getFunction()); return "" };
    try { run() } catch (error) { error.stack }
    Error.prepareStackTrace = undefined;
    return functions;
}"""


def test_functions_of_sloppy_code(vm: VM) -> None:
    assert vm.eval(f"{{ function fail() {{ throw new Error() }}; ({FUNCTIONS_OF})(fail)[0] === fail }}")


@pytest.mark.parametrize(
    "code",
    [
        "() => { 'use strict'; throw new Error() }",
        "Symbol.prototype.valueOf",
        "() => new MessageChannel().port1.postMessage(Symbol())",
        "() => new CompressionStream('zip')",
    ],
    ids=["strict", "native", "native of the web platform", "script of the web platform"],
)
def test_functions_that_are_not_given(vm: VM, code: str) -> None:
    assert vm.eval(f"({FUNCTIONS_OF})({code})[0] === undefined")
