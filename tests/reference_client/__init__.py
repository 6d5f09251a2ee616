"""The client of `examples/client/` over real sockets: every upstream and every proxy here is a server that listens."""
