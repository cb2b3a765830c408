"""Why a specifier leads to no module."""

from __future__ import annotations


class Failure(Exception):
    """A specifier that is this loader's business, and cannot be resolved.

    :param cause: a sentence without its full stop; who imported it is added behind it.
    :param remedy: a sentence.
    """

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause, remedy)
        self.cause = cause
        self.remedy = remedy
