"""Native extensions from C and C++."""
