"""Which process is wanted: one that serves, or a command?

A gateway or worker does not load what the other commands work with: that would be a twentieth of its memory, for good.
"""

import sys

from gateway.processes import run_gateway, run_worker


def main() -> None:
    """Do what the command line says (`gateway.cli`)."""
    match sys.argv[1:]:
        case ["run"]:
            run_gateway()
        case ["worker"]:
            run_worker()
        case _:
            from gateway.cli import app

            app()


if __name__ == "__main__":
    main()
