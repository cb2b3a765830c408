"""What snapjs has for other packages. Each module needs the package that it is named after, and is imported by name."""
