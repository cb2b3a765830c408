"""Values to messages and back: docs/codec.md. The rest of the package uses `Codec`."""
