"""One module a package, named after it, with its adapter as ``ADAPTER``."""
