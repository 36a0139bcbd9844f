"""How does one command bring up the whole platform with the demo province?

What is missing is made once (tables, keys, province, catalogue), then the providers, the gateway and the worker run
as processes of their own until one of them ends or the person does.
"""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from gateway import migrations
from gateway.db import Database
from gateway.demo import identity
from gateway.demo.accounts import ensure_demo_accounts, one_of_each_role, seed_accounts
from gateway.demo.creation import create_demo
from gateway.demo.described.agencies import agency_named
from gateway.demo.described.providers import PROVIDER_SECRETS
from gateway.demo.processes import Command, Company
from gateway.demo.providers import HOST
from gateway.demo.providersecrets import lay_out_provider_secrets
from gateway.demo.provincefile import ensure_province_file
from gateway.demo.seed import seed_catalogue
from gateway.node import StartRefused, open_record
from gateway.settings import Settings
from security.audit.writer import RecordWriter
from security.keys import ensure_keys
from security.sealing import SecretSealer
from security.signatures import Signer

PORT_SETTING = "LIENTHONG_DEMO_PROVIDER_PORT"
_OURS = "LIENTHONG_DEMO_"
_CITIZEN = "LIENTHONG_CITIZEN_"
_DEFAULT_PORT = 18001
_READY_WITHIN_SECONDS = 90.0
_LOOPBACK = "127.0.0.0/8"
_PUBLISHER = "Sở Khoa học và Công nghệ"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """Where the demo lies and listens."""

    settings: Settings
    directory: Path
    provider_port: int

    @property
    def provider_address(self) -> str:
        """Where the provider process listens."""
        return f"http://{HOST}:{self.provider_port}"


def plan_demo(environment: Mapping[str, str]) -> DemoPlan:
    """Return the plan that the environment asks for. Raises StartRefused, SettingsInvalid."""
    settings = Settings.from_environment({k: v for k, v in environment.items() if not k.startswith(_OURS)})
    directory = settings.var_dir / "demo"
    asked, kept = environment.get(PORT_SETTING, ""), _kept_port(directory)
    if asked and not (asked.isdecimal() and 0 < int(asked) < 65_536):
        raise StartRefused(f"{PORT_SETTING} must be a port.")
    if asked and kept and asked != kept:
        raise StartRefused(
            f"The demo in {directory} was made with its providers on port {kept}, which stands in its catalogue: "
            f"leave {PORT_SETTING} out, or remove {settings.var_dir} to make it anew."
        )
    return DemoPlan(settings, directory, int(asked or kept or _DEFAULT_PORT))


async def run_demo(plan: DemoPlan, environment: Mapping[str, str], *, say: Say) -> str:
    """Run everything until told to stop; return the name of a process that ended by itself, else an empty string.

    Raises StartRefused, OSError.
    """
    _refuse_taken("The gateway", plan.settings.host, plan.settings.port, "LIENTHONG_PORT")
    _refuse_taken("The demo's provider process", HOST, plan.provider_port, PORT_SETTING)
    started = time.monotonic()
    province = await prepare(plan, say=say)
    company = Company()
    try:
        await company.start(_commands(plan, environment))
        await _until_ready(plan, company)
        if not company.told_to_stop:
            say(_welcome(plan, province, seconds=time.monotonic() - started))
        return await company.wait()
    finally:
        await company.stop()


async def prepare(plan: DemoPlan, *, say: Say) -> Path:
    """Make what is not there yet: tables, keys, province, catalogue; return where `province.json` is."""
    settings, now = plan.settings, datetime.now(UTC)
    await migrations.upgrade_async(settings.database_url)
    keys = ensure_keys(settings.keys_dir)
    if not (plan.directory / "demo.json").exists():
        say("Creating the demo province (once; about half a minute) …")
    await asyncio.to_thread(create_demo, plan.directory)
    await asyncio.to_thread(lay_out_provider_secrets, plan.directory)
    _keep_port(plan)
    database = Database.open(settings.database_url)
    try:
        await seed_catalogue(
            database,
            plan.directory,
            provider_address=plan.provider_address,
            open_recorder=lambda: _recorder(settings),
            signer=Signer(keys.agreement, issuer=settings.issuer),
            now=now,
        )
        await seed_accounts(
            database,
            plan.directory,
            sealer=SecretSealer(keys.sealing),
            open_recorder=lambda: _recorder(settings),
            now=now,
        )
    finally:
        await database.close()
    return await asyncio.to_thread(
        ensure_province_file,
        plan.directory,
        base_url=settings.issuer,
        provider_address=plan.provider_address,
        keys=keys,
        now=now,
    )


@asynccontextmanager
async def _recorder(settings: Settings) -> AsyncIterator[RecordWriter]:
    record = await open_record(settings, role="demo")
    try:
        yield record
    finally:
        await record.close()


def _commands(plan: DemoPlan, environment: Mapping[str, str]) -> tuple[Command, ...]:
    inherited = {name: value for name, value in environment.items() if not name.startswith(_OURS)}
    inherited.setdefault("LIENTHONG_EGRESS_NETWORKS", _LOOPBACK)
    whole = plan.directory.resolve()
    inherited.setdefault("LIENTHONG_PROVIDER_DIRS", f"{whole / 'sql'},{whole / 'files'}")
    inherited.setdefault("LIENTHONG_CATALOGUE_PUBLISHER", agency_named(_PUBLISHER))
    inherited.setdefault("LIENTHONG_SECRET_DIRS", str(whole / PROVIDER_SECRETS))
    if not inherited.get("LIENTHONG_MAIL_HOST"):
        inherited.setdefault("LIENTHONG_MAIL_DIR", str(whole / "mail"))
        inherited.setdefault("LIENTHONG_MAIL_SENDER", "lien-thong@tinh.example")
    inherited |= _citizen_settings(plan, inherited)
    lienthong = str(Path(sys.executable).with_name("lienthong"))
    serve = (sys.executable, "-m", "gateway.demo.serve", str(plan.directory), str(plan.provider_port))
    return (
        Command("providers", serve, inherited),
        Command("gateway", (lienthong, "run"), inherited),
        Command("worker", (lienthong, "worker"), inherited),
    )


def _citizen_settings(plan: DemoPlan, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what lets citizens sign in at the simulated provider; nothing where the operator named another."""
    if any(name.startswith(_CITIZEN) for name in environment):
        return {}
    return {
        f"{_CITIZEN}ISSUER": f"{plan.provider_address}{identity.MOUNT}",
        f"{_CITIZEN}CLAIM": identity.CLAIM,
        f"{_CITIZEN}CLIENT_ID": identity.CLIENT_ID,
        f"{_CITIZEN}CLIENT_SECRET_FILE": str(identity.secret_file(plan.directory)),
        f"{_CITIZEN}COMPLAINTS": "Sở Khoa học và Công nghệ (bản trình diễn)",
    }


async def _until_ready(plan: DemoPlan, company: Company) -> None:
    """Wait until gateway and providers answer, or something ends. Raises StartRefused."""
    give_up = time.monotonic() + _READY_WITHIN_SECONDS
    waiting = {f"{plan.provider_address}/dmdc/health", f"{plan.settings.issuer}/readyz"}
    async with httpx2.AsyncClient(timeout=2.0, trust_env=False) as http:
        while waiting and not company.told_to_stop:
            if dead := company.dead():
                raise StartRefused(f"The demo's {dead} process ended while starting; its message stands above.")
            if time.monotonic() > give_up:
                raise StartRefused(f"Not ready after {_READY_WITHIN_SECONDS:.0f} seconds: {', '.join(sorted(waiting))}")
            for address in sorted(waiting):
                if await _answers(http, address):
                    waiting.discard(address)
            await asyncio.sleep(0.1)


async def _answers(http: httpx2.AsyncClient, address: str) -> bool:
    try:
        return (await http.get(address)).status_code == 200
    except httpx2.HTTPError:
        return False


def _refuse_taken(what: str, host: str, port: int, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise StartRefused(
                f"{what} cannot listen on {host}:{port}, which is in use: is it running already? "
                f"Another port can be set with {setting}."
            ) from error


def _kept_port(directory: Path) -> str:
    try:
        return (directory / "provider-port").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _keep_port(plan: DemoPlan) -> None:
    (plan.directory / "provider-port").write_text(f"{plan.provider_port}\n", encoding="ascii")


def _welcome(plan: DemoPlan, province: Path, *, seconds: float) -> str:
    base = plan.settings.issuer
    secret = plan.directory / "secrets" / "client.qlvb"
    people = f"{base}/x/cbccvc/ho-so-can-bo/v1/danh-sach"
    return f"""
Liên Thông is ready after {seconds:.0f} seconds: {base}
The catalogue: {base}/catalog/v1/databases   readiness: {base}/readyz
The data is in {plan.settings.var_dir}; {province} describes the demo for programs. Ctrl-C ends everything.

The console: {base}/console   Sign in as one of
{_who_signs_in(plan)}
and take the code of the device from: lienthong demo-code NAME

Citizens: {base}/citizen   after `make demo-calls`, as one of the made-up people of a simulated sign-in

Three calls to paste:

  TOKEN=$(curl -s -u "qlvb:$(cat {secret})" -d grant_type=client_credentials {base}/oauth2/token \\
    | sed -E 's/.*"access_token":"([^"]+)".*/\\1/')

  curl -s -H "Authorization: Bearer $TOKEN" "{people}?limit=2"

  curl -s -g -H "Authorization: Bearer $TOKEN" "{people}?fields=items[].SoDinhDanh"

The first gets a token for the document management system, the second two officials as its agreement shows them, and
the third asks for a field outside the agreement, to see how a refusal explains itself.
"""


def _who_signs_in(plan: DemoPlan) -> str:
    folder = plan.directory / "secrets"
    people = one_of_each_role(ensure_demo_accounts(plan.directory))
    width = max(len(one.code) for one in people)
    return "\n".join(
        f"  {one.role:<15} {one.code:<{width}}  password: cat {folder}/password.{one.code}" for one in people
    )
