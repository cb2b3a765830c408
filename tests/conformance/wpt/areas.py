"""The areas of the web platform that the figures are given for, and the folders of the suite that are about them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """One line of the report."""

    name: str
    folders: tuple[str, ...]
    except_for: tuple[str, ...] = ()
    """patterns of paths within them that are of another area, or of none"""


AREAS = (
    Area("url", ("url",)),
    Area("urlpattern", ("urlpattern",)),
    Area("encoding", ("encoding",), ("encoding/streams/*",)),
    Area("base64", ("html/webappapis/atob",)),
    Area("structuredClone", ("html/webappapis/structured-clone",)),
    Area("DOMException", ("webidl",)),
    Area("events", ("dom/events", "html/webappapis/scripting", "dom"), ("dom/abort/*", "dom/observable/*")),
    Area("abort", ("dom/abort",)),
    Area("messaging", ("webmessaging",)),
    Area("blob", ("FileAPI", "xhr/formdata")),
    Area("streams", ("streams", "encoding/streams")),
    Area("compression", ("compression",)),
    Area("crypto", ("WebCryptoAPI",)),
    Area("http", ("fetch/api/headers", "fetch/api/request", "fetch/api/response", "fetch/api/body", "mimesniff")),
    Area("timers", ("html/webappapis/timers",)),
    Area("queueMicrotask", ("html/webappapis/microtask-queuing",)),
    Area("performance", ("hr-time", "user-timing", "performance-timeline")),
    Area("console", ("console",)),
    Area("navigator", ("html/webappapis/system-state-and-capabilities",)),
)
