"""The bus: it wakes followers up and fans out. What it loses, the log still has."""
