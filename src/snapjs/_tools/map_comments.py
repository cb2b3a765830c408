"""The comment by which code names its source map, written and read. All code is looked through, so nothing is imported
for code without one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

_COMMENT: Final = "//# sourceMappingURL="
_LARGEST: Final = 128 << 20
"""characters of a data URL that is looked at"""


def map_to_keep(code: str, source_map: str | None = None) -> str | None:
    """What is to be kept in the guest of the source map of code.

    :param source_map: where it does not come with the code's last line.
    :returns: None where there is none, or what there is is no source map.
    """
    if source_map is None:
        source_map = find_map(code)
    if source_map is None:
        return None
    from .source_maps import reduced

    return reduced(source_map, code)


def map_comment(source_map: str) -> str:
    """The line that carries a source map, which code ends with."""
    from base64 import b64encode

    encoded = b64encode(source_map.encode()).decode()
    return f"{_COMMENT}data:application/json;base64,{encoded}"


def find_map(code: str, read: Callable[[str], bytes | None] | None = None) -> str | None:
    """The source map that the code's last line carries or names.

    :param read: the content of a file by its path, relative to that of the code; None when there is none that may be
        read. Without it, only what the line carries counts.
    """
    url = _url(code)
    if url is None or url.startswith("data:"):
        return None if url is None else _map_in(url)
    if read is None or not url or url.startswith("/") or ":" in url.partition("/")[0]:
        return None
    from urllib.parse import unquote

    content = read(unquote(url.partition("?")[0]))
    try:
        return None if content is None else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _url(code: str) -> str | None:
    at = code.rfind(_COMMENT)
    if at < 0 or code[at - 1 : at] not in ("", "\n", "\r"):
        return None
    url = code[at + len(_COMMENT) :].rstrip()
    return None if len(url.split()) > 1 or any(sign in url for sign in "'\"`\\") else url


def _map_in(url: str) -> str | None:
    """The map in a data URL."""
    head, _, content = url.partition(",")
    if not head.startswith("data:application/json") or len(url) > _LARGEST:
        return None
    from base64 import b64decode
    from urllib.parse import unquote_to_bytes

    try:
        return (b64decode(content) if head.endswith(";base64") else unquote_to_bytes(content)).decode()
    except ValueError:  # no Base64, or no UTF-8
        return None
