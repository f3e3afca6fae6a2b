"""What goes on by itself beside requests: tasks, and the leases under which replicas share them."""
