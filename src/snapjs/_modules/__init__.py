"""From an import in a program to a module's source; `snapjs.modules` is what users see of it."""
