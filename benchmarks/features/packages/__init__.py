"""One module for each package that is asked."""
