"""An installation on this machine: private servers, secrets, the services and who keeps them."""
