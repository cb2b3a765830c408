"""Values to messages and back: docs/codec.md."""
