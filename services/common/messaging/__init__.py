"""The bus: it rings services and fans out. What it loses, the log still has."""
