"""How does a data owner publish a service without code? The same for the command line and the control API."""
