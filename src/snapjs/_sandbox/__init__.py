"""The capability sandbox: what :class:`snapjs.Sandbox` is made of."""
