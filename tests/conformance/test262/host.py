"""What test262 asks of a host beside the language: `print`, `$262`, and modules that are read from the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from snapjs import VM

from .suite import Suite

# The built-in is taken before a test can replace it.
_OWN_REALM = """
{
  const { transfer } = ArrayBuffer.prototype, { apply } = Reflect
  $262.detachArrayBuffer = buffer => { apply(transfer, buffer, []) }
  $262.global = globalThis
}
"""

_OTHER_REALM = """
(function (evalScript, createRealm, gc, print) {
  const { transfer } = ArrayBuffer.prototype, { apply } = Reflect
  const detachArrayBuffer = buffer => { apply(transfer, buffer, []) }
  globalThis.$262 = { evalScript, createRealm, gc, detachArrayBuffer, global: globalThis }
  globalThis.print = print
})
"""


class Host:
    """The host functions of one VM, and what they have kept.

    :ivar printed: the arguments of `print`, in order.
    """

    def __init__(self) -> None:
        self.printed: list[str] = []
        self._vm: VM | None = None

    @property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """By the names under which JavaScript calls them."""
        return {
            "print": self._print,
            "$262.evalScript": self._eval_script,
            "$262.createRealm": self._create_realm,
            "$262.gc": self._gc,
        }

    def attach(self, vm: VM) -> None:
        """Serve this VM, which has the host functions already."""
        self._vm = vm

    @staticmethod
    def set_up(vm: VM) -> None:
        """Complete the `$262` of a new VM with what needs no host function."""
        vm.eval(_OWN_REALM, filename="$262")

    @property
    def _attached(self) -> VM:
        assert self._vm is not None
        return self._vm

    def _print(self, *arguments: Any) -> None:
        self.printed.append(" ".join(str(argument) for argument in arguments))

    def _eval_script(self, source: str) -> Any:
        return self._attached.eval_handle(source, filename="$262.evalScript")

    def _gc(self) -> None:
        self._attached.gc()

    def _create_realm(self) -> Any:
        realm = self._attached.new_realm()

        def eval_script(source: str) -> Any:
            return realm.eval_handle(source)

        realm.eval(_OTHER_REALM)(eval_script, self._create_realm, self._gc, self._print)
        return realm.eval_handle("$262")


class SuiteModules(Mapping[str, str]):
    """The files of a suite as modules, by their names.

    :param own: the test that runs, whose source is not the file's: a test may import itself.
    """

    def __init__(self, suite: Suite, own: Mapping[str, str]) -> None:
        self._suite = suite
        self._own = own

    def __getitem__(self, name: str) -> str:
        if name in self._own:
            return self._own[name]
        try:
            return self._suite.read(name)
        except (FileNotFoundError, ValueError):  # a name with a NUL in it is a ValueError
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return self._suite.names()

    def __len__(self) -> int:
        return sum(1 for _ in self)
