"""What do people see and do in a browser? Pages written on the server, which work without script."""
