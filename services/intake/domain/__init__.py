"""The rules of a request: pure, without clock, store or driver."""
