"""The registry as an operator has it: its files, what adopting them changes, whom a name means."""
