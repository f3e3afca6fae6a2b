"""`python -m services.cli`: what the launcher and the image start."""

from services.cli.app import main

main()
