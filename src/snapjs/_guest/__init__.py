"""The engine in wasmtime: the only part of snapjs that touches wasmtime and the guest's memory."""
