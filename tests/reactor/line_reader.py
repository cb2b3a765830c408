"""A program that reads lines as they come."""

from __future__ import annotations

LINES = """
    var lines = []
    os.setReadHandler(0, () => {
        const line = std.in.getline()
        if (line !== null) lines.push(line)
        else if (std.in.eof()) os.setReadHandler(0, null)
    })
"""
