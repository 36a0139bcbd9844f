"""How does `python -m gateway` run the same commands as `lienthong`?"""

from gateway.cli import app

app()
