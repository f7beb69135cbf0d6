"""Chaos: a small plant, a wire that cannot be trusted, and a record process that is killed, by a seed."""
