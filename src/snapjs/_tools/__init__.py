"""JavaScript that snapjs itself uses, each tool in a VM of its own; and what is kept of its results."""
