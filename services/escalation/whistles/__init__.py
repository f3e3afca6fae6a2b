"""A town calls other agencies to orders that it can't handle alone 吹哨."""
