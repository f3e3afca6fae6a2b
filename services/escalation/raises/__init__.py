"""A village asks its town to take an order over 上报; the town accepts, or advises back."""
