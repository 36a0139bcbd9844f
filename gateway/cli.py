"""Which commands does an operator have?"""

import asyncio
import os
from typing import Annotated

import typer

from gateway.commands.agreements import agreements
from gateway.commands.audit import audit
from gateway.commands.backup import backup, restore
from gateway.commands.catalogue import catalogue
from gateway.commands.demo import demo, demo_calls, demo_code
from gateway.commands.explain import explain
from gateway.commands.figures import figures
from gateway.commands.log import log, witness
from gateway.commands.misuse import misuse
from gateway.commands.publish import publish
from gateway.commands.record import record
from gateway.commands.reveal import reveal
from gateway.commands.siem import siem
from gateway.commands.staff import staff
from gateway.commands.systems import systems
from gateway.commands.xroad import xroad
from gateway.processes import explained, run_gateway, run_worker
from gateway.settings import Settings
from security.keys import ensure_keys, rotate_agreement_key, rotate_receipt_key, rotate_token_key

app = typer.Typer(
    name="lienthong",
    help="Liên Thông: agreed, minimized, recorded exchanges of a province's data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for noun in (agreements, systems, catalogue, publish, xroad, staff, audit, figures, log, misuse, record, siem):
    app.add_typer(noun)
app.command()(demo)
app.command()(demo_calls)
app.command()(explain)
app.command()(demo_code)
app.command()(witness)
app.command()(backup)
app.command()(restore)
app.command()(reveal)


@app.command()
def run() -> None:
    """Take calls: the gateway, on LIENTHONG_HOST and LIENTHONG_PORT. Settings: docs/configuration.md."""
    run_gateway()


@app.command()
def worker() -> None:
    """Do what is due in the background: expire agreements, list, count and log exchanges, settle what died."""
    run_worker()


@app.command()
def migrate() -> None:
    """Bring the database to this release's tables. Safe to run again, and by several nodes at once."""
    from gateway import migrations

    with explained():
        settings = _settings()
        migrations.upgrade(settings.database_url)
        typer.echo(f"The database has revision {asyncio.run(migrations.current_revision(settings.database_url))}.")


@app.command()
def keys(
    rotate: Annotated[
        bool, typer.Option(help="Take the next token key into use; nodes see it when they restart.")
    ] = False,
    rotate_agreement: Annotated[
        bool, typer.Option(help="Sign agreements with a new key; former ones stay published. Restart nodes.")
    ] = False,
    rotate_receipt: Annotated[
        bool, typer.Option(help="Sign receipts with a new key; former ones stay published. Restart nodes.")
    ] = False,
) -> None:
    """Make the keys that are missing in LIENTHONG_KEYS_DIR; an existing key is never overwritten."""
    with explained():
        directory = _settings().keys_dir
        held = rotate_token_key(directory) if rotate else ensure_keys(directory)
        if rotate_agreement:
            held = rotate_agreement_key(directory)
        if rotate_receipt:
            held = rotate_receipt_key(directory)
        typer.echo(f"Tokens are signed with key {held.signing.kid}; {len(held.published)} keys are published.")
        typer.echo(f"Agreements are signed with key {held.agreement[0].kid}; {len(held.agreement)} keys are published.")
        typer.echo(f"Receipts are signed with key {held.receipt[0].kid}; {len(held.receipt)} keys are published.")


def _settings() -> Settings:
    return Settings.from_environment(os.environ)
