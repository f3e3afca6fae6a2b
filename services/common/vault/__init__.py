"""Personal data outside the log: keys that can be destroyed, and texts sealed under them."""
