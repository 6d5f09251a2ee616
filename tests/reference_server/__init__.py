"""The reference system of `examples/`, run over real sockets."""
