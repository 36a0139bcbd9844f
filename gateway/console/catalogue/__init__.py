"""Which pages does the public catalogue have? For everybody, without an account."""
