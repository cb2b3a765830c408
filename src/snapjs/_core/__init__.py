"""One VM from the inside: its instance, what Python holds for it, how calls enter it, and its event loop."""
