"""What a service's HTTP API is, told by its own route table: OpenAPI 3.1, and a page to read it."""
