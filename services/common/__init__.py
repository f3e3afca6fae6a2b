"""Machinery that two or more services use. It knows no work-order rule and imports no service."""
