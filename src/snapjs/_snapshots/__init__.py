"""Snapshots from memory to bytes and back; `snapjs.snapshot` is what users see of it."""
