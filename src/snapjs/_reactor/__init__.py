"""The parts of ``snapjs.Reactor``."""
