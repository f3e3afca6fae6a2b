"""How a service becomes a process: stores, clock, followers, tasks, and nameko around them."""
