"""Values to messages and back; `snapjs.convert` is how the rest of the package reaches it."""
