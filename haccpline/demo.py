"""The demo: a generated freezer, from a Modbus register to a proven package, in one process tree and without a server."""
