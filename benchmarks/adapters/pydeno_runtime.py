"""pydeno's ``Runtime``: V8 in the process, for code that one trusts. The package has grown out of jsrun."""

from __future__ import annotations

from .jsrun import Jsrun


class PydenoRuntime(Jsrun):
    package = "pydeno"
    requirements = ("pydeno==0.13.2",)
    cold_source = "from pydeno import Runtime\nwith Runtime() as runtime:\n    assert runtime.eval('1+2') == 3\n"


ADAPTER = PydenoRuntime
