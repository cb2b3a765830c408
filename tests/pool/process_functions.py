"""Functions of the host that worker processes import."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any


class Odd(Exception):
    """Pickled as what cannot be made again."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


class Unspeakable(Exception):
    """Has no `repr`."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def __repr__(self) -> str:
        raise ValueError


class Kept(Exception):
    """Has an attribute."""

    def __init__(self, detail: Any) -> None:
        super().__init__(detail)
        self.detail = detail


def double(x: int) -> int:
    return 2 * x


async def double_later(x: int) -> int:
    await asyncio.sleep(0)
    return 2 * x


def pid() -> int:
    return os.getpid()


def raise_it(kind: str) -> None:
    raise {
        "odd": lambda: Odd(1, 2),
        "unspeakable": Unspeakable,
        "kept": lambda: Kept({"a": [1]}),
        "unpicklable": lambda: Kept(lambda: None),
        "exit": lambda: SystemExit(3),
        "interrupt": KeyboardInterrupt,
        "base": lambda: BaseException("base"),
        "generator": GeneratorExit,
        "group": lambda: ExceptionGroup("group", [ValueError("in it")]),
        "stop": lambda: StopIteration(1),
        "os": lambda: FileNotFoundError(2, "No such file", "name"),
    }[kind]()  # type: ignore[no-untyped-call]


async def raise_later(kind: str) -> None:
    await asyncio.sleep(0)
    raise_it(kind)


def die(code: int) -> None:
    os._exit(code)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def touch(marker: str) -> None:
    Path(marker).touch()


def die_once(marker: str) -> str:
    """End the process, if nobody has done so with this file."""
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return "done"
    os._exit(1)
