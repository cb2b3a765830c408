"""How a function of a module gets from process to process."""
