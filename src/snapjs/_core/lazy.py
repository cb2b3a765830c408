"""Attributes that are made when they are first read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from functools import cached_property as lazy
else:

    class lazy:
        """What :class:`functools.cached_property` is, without importing functools, which imports collections."""

        def __init__(self, make):
            self._make = make
            self.__doc__ = make.__doc__

        def __set_name__(self, owner, name):
            self._name = name

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            value = self._make(instance)
            setattr(instance, self._name, value)  # to ask for __dict__ would slow down all attributes of the instance
            return value


__all__ = ["lazy"]
