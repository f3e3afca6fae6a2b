"""The event log: append-only streams, one order over all, and the one way to follow them."""
