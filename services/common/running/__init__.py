"""How a service becomes a process: stores, clock, following, tasks, and nameko around them."""
