"""The broker's side of an operator: definitions, rights, queues as they should be, dead letters."""
