"""What RSA and elliptic curves share."""

from __future__ import annotations

from typing import Any, ClassVar

from .algorithm import Algorithm, Format, KeyPair, Parameters
from .failure import Failure
from .key import Key, checked_usages


class Asymmetric(Algorithm):
    """An algorithm with pairs of keys."""

    public_usages: ClassVar[tuple[str, ...]]
    private_usages: ClassVar[tuple[str, ...]]

    def usages_of_import(self, format: Format, data: Any, usages: list[str]) -> tuple[str, ...]:
        """The usages of the key that this data is of.

        :raises Failure: SyntaxError: it cannot be used so; NotSupportedError: there is no such format.
        """
        if format not in ("raw", "pkcs8", "spki", "jwk"):
            raise self.unsupported_format(format)
        is_private = format == "pkcs8" or (format == "jwk" and data.get("d") is not None)
        if is_private:
            return checked_usages(usages, self.private_usages, f"a private key of {self.name}")
        return checked_usages(usages, self.public_usages, f"a public key of {self.name}")

    def pair(
        self, algorithm: Parameters, extractable: bool, usages: list[str], public: bytes, private: bytes
    ) -> KeyPair:
        """The two keys, each with the usages that it can have."""
        for_public = tuple(usage for usage in self.public_usages if usage in usages)
        for_private = tuple(usage for usage in self.private_usages if usage in usages)
        return KeyPair(
            Key("public", True, algorithm, for_public, public),
            Key("private", extractable, algorithm, for_private, private),
        )

    def check_pair_usages(self, usages: list[str]) -> None:
        """
        :raises Failure: SyntaxError: a pair of keys cannot be used so.
        """
        checked_usages(usages, self.public_usages + self.private_usages, f"a pair of keys of {self.name}")

    def insist_on_private_usage(self, usages: list[str]) -> None:
        """
        :raises Failure: SyntaxError: the private key could not be used.
        """
        if not set(usages) & set(self.private_usages):
            raise Failure("SyntaxError", f"a private key of {self.name} needs at least one usage")


def not_parsed(what: str) -> Failure:
    """DataError."""
    return Failure("DataError", f"the data is no {what}")
