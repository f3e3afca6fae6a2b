"""A private RabbitMQ and a private mongod beside whatever the machine already runs.

Each is a process of our own with its own ports and data folder; no system service is ever touched.
"""
