"""A copy of web-platform-tests with a few tests, written for the tests of the runner."""

from __future__ import annotations

from pathlib import Path

from tiny_suite import write

# As much of the harness as tests of the runner need. Like the real one, it takes all files for loaded when the
# microtasks run.
_TESTHARNESS = """
{
  const results = [], onResult = [], onCompletion = []
  let running = 0, loaded = false, over = false
  const end = (status, message) => {
    if (over) return
    over = true
    for (const each of onCompletion) each(results, { status, message })
  }
  const report = (name, status, message) => {
    results.push({ name, status, message })
    for (const each of onResult) each(results.at(-1))
  }
  const leave = () => { if (--running === 0 && loaded) end(0, null) }
  globalThis.add_result_callback = callback => onResult.push(callback)
  globalThis.add_completion_callback = callback => onCompletion.push(callback)
  globalThis.timeout = () => end(2, "timed out")
  globalThis.promise_test = (run, name) => {
    running++
    Promise.resolve().then(run).then(() => report(name, 0, null), error => report(name, 1, String(error))).then(leave)
  }
  globalThis.test = (run, name) => {
    running++
    try { run(); report(name, 0, null) } catch (error) { report(name, 1, String(error)) }
    leave()
  }
  globalThis.assert_equals = (actual, expected) => { if (actual !== expected) throw `${actual} is not ${expected}` }
  Promise.resolve().then(() => { loaded = true; if (running === 0) end(0, null) })
}
"""


def write_wpt(root: Path, **files: str) -> Path:
    """Begin a suite in a folder.

    :param files: tests of the area `url`, by their names without `.any.js`.
    """
    write(root / "resources" / "testharness.js", _TESTHARNESS)
    for name, source in files.items():
        write(root / "url" / f"{name}.any.js", source)
    return root
