"""What do the tests of adapters need besides the servers that all tests share? A MariaDB of our own."""

from providers.mariadb import mariadb_port, mariadb_url

__all__ = ["mariadb_port", "mariadb_url"]
