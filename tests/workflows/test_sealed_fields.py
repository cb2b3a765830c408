"""Nobody forgets to encrypt what a store gets to see: whatever is new in its interface has to be treated."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, get_type_hints

import pytest

from snapjs._workflows import placement, records, stored
from snapjs._workflows.encrypted import EncryptedStore
from snapjs._workflows.fields import mapped
from snapjs._workflows.records import Attribute, Chance, Event, Image, Payload, Plain, Told, Turn
from snapjs._workflows.store import Store

RECORDS = [
    kind
    for module in (records, placement, stored)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__
]
METHODS = sorted(name for name in vars(Store) if not name.startswith("_"))
TREATED = {"artifact", "beat_step", "end", "put_artifacts", "retry_step", "runs", "shred", "snapshot"}
"""whose bytes the wrapper seals or opens by themselves; the error of ``shred`` is for everybody"""


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_all_bytes_of_a_record_say_what_they_are(kind: Any) -> None:
    kinds = (Payload, Attribute, Image, Chance, Plain)
    for field, hint in get_type_hints(kind, include_extras=True).items():
        text = str(hint)
        for known in kinds:
            text = text.replace(str(known), "")
        assert "bytes" not in text, f"{kind.__name__}.{field}: is it a Payload, or what? See records.py"


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_the_store_is_treated(name: str) -> None:
    assert name in vars(EncryptedStore), "write what becomes of its bytes in encrypted.py"


@pytest.mark.parametrize("name", METHODS)
def test_a_method_with_bytes_of_its_own_is_known(name: str) -> None:
    if name != "path":
        hints = str(inspect.signature(getattr(Store, name)))
        assert ("bytes" in hints) <= (name in TREATED), "seal them in encrypted.py, and say so here"


def test_what_is_in_records_of_records_is_changed() -> None:
    event = Event(1, "hook", "go", b"payload", 0.0)
    turn = Turn([Told(event, 1)], [], [], 0, 1, b"logs", 0.0, b"entropy", b"memory", "", b"effects", None)
    changed = mapped(turn, lambda kind, data: f"{kind}:".encode() + data)
    assert (changed.logs, changed.entropy, changed.snapshot) == (b"payload:logs", b"chance:entropy", b"image:memory")
    assert changed.told[0].event.payload == b"payload:payload"
    assert turn.told[0].event.payload == b"payload"


def test_what_is_plain_is_not_changed() -> None:
    wrapped = records.WrappedKey("a", "b", b"c")
    assert mapped(wrapped, lambda kind, data: b"") is wrapped


def test_bytes_of_no_kind_are_no_field() -> None:
    @dataclasses.dataclass
    class Careless:
        data: bytes

    Careless.__annotations__["data"] = bytes
    with pytest.raises(TypeError, match="bytes in a record have a kind"):
        mapped(Careless(b""), lambda kind, data: data)
