"""A container's health check: exit 0 if its own service answers 200 on /health/ready."""

import os
import sys
from http.client import HTTPConnection

port = int(os.environ["HTTP_ADDRESS"].rpartition(":")[2])
connection = HTTPConnection("127.0.0.1", port, timeout=4)
try:
    connection.request("GET", "/health/ready")
    answer = connection.getresponse()
    sys.stdout.write(f"{answer.status} {answer.read(500).decode(errors='replace')}\n")
    sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(f"nobody answers on port {port}: {error}")
