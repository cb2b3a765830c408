"""Runs test262, the conformance suite of ECMAScript, in snapjs. `run.py` beside this folder is the command."""
