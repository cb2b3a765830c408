"""Runs test262 in snapjs: `python tests/conformance/run.py FOLDER`. README.md beside this file says more."""

from test262.command import main

if __name__ == "__main__":
    main()
