"""What :class:`snapjs.Pool` consists of."""
