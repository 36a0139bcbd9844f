"""How is the demo's provider process started? `python -m gateway.demo.serve DIRECTORY PORT`."""

import sys
from pathlib import Path

from gateway.demo.providers import DemoMissing, run_providers


def main(arguments: list[str]) -> int:
    """Serve until told to stop; return 2 with a sentence when it cannot start."""
    directory, port = Path(arguments[0]), int(arguments[1])
    try:
        run_providers(directory, port)
    except (DemoMissing, OSError) as error:
        sys.stderr.write(f"The providers of the demo cannot start: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
