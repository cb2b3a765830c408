"""What a value is, as the engine sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._guest import abi
from .reference import Reference

if TYPE_CHECKING:
    from .bridge import Bridge


class Introspection(Reference):
    """The properties of :class:`snapjs.Handle` that say what the value is. None of them runs any JavaScript."""

    __slots__ = ("_facts",)

    _facts: tuple[str, str | None, int, int, int] | None

    def __init__(self, bridge: Bridge, number: int) -> None:
        super().__init__(bridge, number)
        self._facts = None

    def _describe(self) -> tuple[str, str | None, int, int, int]:
        self._bridge.check_open()
        self._live()
        if self._facts is None:  # they never change
            self._facts = super()._describe()
        return self._facts

    @property
    def typeof(self) -> str:
        """What JavaScript's ``typeof`` says."""
        return self._describe()[0]

    @property
    def class_name(self) -> str | None:
        """Name of the class in the engine's own table, which JavaScript cannot forge; ``None`` for a primitive, and for
        internal classes without a name."""
        return self._describe()[1]

    @property
    def class_id(self) -> int:
        """Number of the class in the engine's own table, 0 for a primitive. Numbers differ between engines."""
        return self._describe()[2]

    @property
    def identity(self) -> int:
        """The same number for handles of the same object, symbol or string, another for others that live at the same
        time; 0 for values that are not on the heap. It means nothing once the value is gone."""
        return self._describe()[4]

    def _is(self, brand: int) -> bool:
        return self._describe()[3] == brand

    @property
    def is_undefined(self) -> bool:
        """Whether it is ``undefined``."""
        return self.typeof == "undefined"

    @property
    def is_null(self) -> bool:
        """Whether it is ``null``."""
        facts = self._describe()
        return facts[0] == "object" and facts[2] == 0

    @property
    def is_bool(self) -> bool:
        """Whether it is ``true`` or ``false``."""
        return self.typeof == "boolean"

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return self.typeof == "number"

    @property
    def is_string(self) -> bool:
        """Whether it is a string."""
        return self.typeof == "string"

    @property
    def is_symbol(self) -> bool:
        """Whether it is a symbol, registered or not."""
        return self.typeof == "symbol"

    @property
    def is_big_int(self) -> bool:
        """Whether it is a BigInt."""
        return self.typeof == "bigint"

    @property
    def is_object(self) -> bool:
        """Whether it is an object of any kind: arrays, functions and proxies too."""
        return self._describe()[2] != 0

    @property
    def is_array(self) -> bool:
        """Whether it is an Array; a Proxy of one is not."""
        return self._is(abi.Brand.ARRAY)

    @property
    def is_function(self) -> bool:
        """Whether it can be called: classes and proxies of functions too."""
        return self.typeof == "function"

    @property
    def is_error(self) -> bool:
        """Whether it was made by Error or one of its kind."""
        return self._is(abi.Brand.ERROR)

    @property
    def is_promise(self) -> bool:
        """Whether it is a Promise. An object with a ``then`` method is not one for that."""
        return self._is(abi.Brand.PROMISE)

    @property
    def is_array_buffer(self) -> bool:
        """Whether it is an ArrayBuffer."""
        return self._is(abi.Brand.ARRAY_BUFFER)

    @property
    def is_proxy(self) -> bool:
        """Whether it is a Proxy, which JavaScript itself cannot tell."""
        return self._is(abi.Brand.PROXY)

    @property
    def is_map(self) -> bool:
        """Whether it is a Map."""
        return self._is(abi.Brand.MAP)

    @property
    def is_set(self) -> bool:
        """Whether it is a Set."""
        return self._is(abi.Brand.SET)

    @property
    def is_date(self) -> bool:
        """Whether it is a Date."""
        return self._is(abi.Brand.DATE)

    @property
    def is_reg_exp(self) -> bool:
        """Whether it is a RegExp."""
        return self._is(abi.Brand.REG_EXP)

    @property
    def is_weak_ref(self) -> bool:
        """Whether it is a WeakRef."""
        return self._is(abi.Brand.WEAK_REF)

    @property
    def is_weak_map(self) -> bool:
        """Whether it is a WeakMap."""
        return self._is(abi.Brand.WEAK_MAP)

    @property
    def is_weak_set(self) -> bool:
        """Whether it is a WeakSet."""
        return self._is(abi.Brand.WEAK_SET)

    @property
    def is_data_view(self) -> bool:
        """Whether it is a DataView."""
        return self._is(abi.Brand.DATA_VIEW)

    @property
    def length(self) -> int | float | None:
        """Length of a string or typed array, or the ``length`` of an object where that is a number that can be read
        without running code; else ``None``."""
        length: int | float | None = self._bridge.call("snap_fact", (self._live(), abi.Fact.LENGTH))
        return length

    @property
    def constructor_name(self) -> str | None:
        """Name of the constructor that the object shows, as far as it can be read without running code. JavaScript may
        forge it; it cannot forge :attr:`class_name`."""
        name: str | None = self._bridge.call("snap_fact", (self._live(), abi.Fact.CONSTRUCTOR_NAME))
        return name

    @property
    def promise_state(self) -> int:
        """0 pending, 1 fulfilled, 2 rejected; -1 when it is no promise."""
        return self._bridge.promise_state(self._live())
