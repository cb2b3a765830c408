"""What :mod:`snapjs.workflows` consists of."""

from importlib.util import find_spec

if missing := [name for name in ("apsw", "pytimeparse2") if find_spec(name) is None]:
    raise ImportError(
        f"Workflows need the package {' and the package '.join(missing)}: pip install 'snapjs[workflows]'",
        name=missing[0],
    )
