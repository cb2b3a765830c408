"""Runs web-platform-tests in snapjs: `python tests/conformance/run_wpt.py FOLDER`. README.md beside this file says more."""

from wpt.command import main

if __name__ == "__main__":
    main()
