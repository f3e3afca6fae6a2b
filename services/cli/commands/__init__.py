"""One module a command group; `services.cli.app` is the table."""
