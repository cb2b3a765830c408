"""``python -m snapjs`` is the ``snapjs`` command."""

from .cli import main

if __name__ == "__main__":
    main()
