"""In-memory logs, bus and vault for whole stories in one process. No service uses them."""
