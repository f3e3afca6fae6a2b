"""Pure rules of work orders and of the registry's adoption."""
