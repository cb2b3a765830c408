"""What packages can do, asked of them by programs: the data of ``docs/compare.md``."""
