"""Compares the speed of snapjs with other packages: ``python -m benchmarks``."""
