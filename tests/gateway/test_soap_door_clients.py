"""Do the SOAP clients of other languages get answers and faults, in both versions, by every way to prove themselves?

Each program of tests/clients runs once and tells what became of all its calls. `make test` installs what they need.
"""

import base64
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path

import pytest
import suds.client
import suds.transport.http
import suds.wsse
import zeep
from gateways import SECRET, SYSTEM, GatewayProcess, token
from soap_province import DIGEST_SECRET, GENERATED, HOUSEHOLDS, IMPORTED
from suds.sax.date import DateTime
from zeep.wsse.username import UsernameToken

pytestmark = pytest.mark.xdist_group("soap")

CLIENTS = Path(__file__).parent.parent / "clients"
MODULES = Path(__file__).parent.parent.parent / ".venv" / "clients" / "node_modules"
JARS = Path("/usr/share/java")
JAX_WS = (
    "FastInfoset", "gmbal", "istack-commons-runtime", "javax.activation", "javax.xml.soap-api", "jaxb-api", "jaxb-core",
    "jaxb-runtime", "jaxws-api", "jaxws-ri-rt-fastinfoset", "jaxws-ri-rt-jdk9", "jaxws-ri-runtime", "jws-api",
    "metro-policy", "saaj-impl", "stax-ex", "stax2-api", "streambuffer", "woodstox-core-asl",
)  # fmt: skip
VERSIONS = ("1.1", "1.2")
PROOFS = ("basic", "bearer", "text", "digest")
INSTALL = "; run `make test-clients` as root, or install php-cli php-soap nodejs npm default-jdk-headless libjaxws-java"


OF_GENERATED = (
    "urn:lienthong:datdai:thua-dat:v1",
    "datdaiThuaDatV1",
    "Soap11",
    "Soap12",
    "get",
    "SoGCN",
    "CD123",
    "sai",
)
OF_IMPORTED = (HOUSEHOLDS, "HoService", "HoPort", "HoPort12", "TraCuuHo", "SoHo", "H1", "H0")
"""Namespace, service, ports, operation, its member, a value that is found and one that gets a fault."""


def run(gateway: GatewayProcess, *command: str, path: str = GENERATED, asked: tuple[str, ...] = OF_GENERATED) -> str:
    """Run a client with the WSDL's address, the credentials and what to ask, and return what it prints."""
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is missing{INSTALL}"
    given = (f"{gateway.url}{path}?wsdl", SYSTEM, SECRET, DIGEST_SECRET, token(gateway), *asked)
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run([program, *command[1:], *given], capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, f"{done.stderr[-2000:]}{INSTALL}"
    return done.stdout


@pytest.fixture(scope="module")
def php(soap_gateway: GatewayProcess) -> dict[str, object]:
    """What PHP's SoapClient got."""
    return json.loads(run(soap_gateway, "php", str(CLIENTS / "soap_client.php")))


@pytest.fixture(scope="module")
def node(soap_gateway: GatewayProcess) -> dict[str, object]:
    """What node's `soap` got."""
    assert (MODULES / "soap").is_dir(), f"node's soap is missing{INSTALL}"
    return json.loads(run(soap_gateway, "node", str(CLIENTS / "soap_client.js"), str(MODULES)))


def java_lines(gateway: GatewayProcess, *, path: str, asked: tuple[str, ...]) -> dict[str, str]:
    """Run the JAX-WS client."""
    missing = [name for name in JAX_WS if not (JARS / f"{name}.jar").exists()]
    assert not missing, f"Debian's libjaxws-java is missing{INSTALL}"
    jars = ":".join(str(JARS / f"{name}.jar") for name in JAX_WS)
    options = ("-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp", jars)
    said = run(gateway, "java", *options, str(CLIENTS / "SoapClient.java"), path=path, asked=asked)
    return dict(line.split("\t", 1) for line in said.splitlines())


@pytest.fixture(scope="module")
def java(soap_gateway: GatewayProcess) -> dict[str, str]:
    """What JAX-WS got."""
    return java_lines(soap_gateway, path=GENERATED, asked=OF_GENERATED)


@pytest.fixture(scope="module")
def imported(soap_gateway: GatewayProcess) -> dict[str, dict[str, object]]:
    """What PHP, node and JAX-WS got of the imported service."""
    of = {"path": IMPORTED, "asked": OF_IMPORTED}
    return {
        "php": json.loads(run(soap_gateway, "php", str(CLIENTS / "soap_client.php"), **of)),
        "node": json.loads(run(soap_gateway, "node", str(CLIENTS / "soap_client.js"), str(MODULES), **of)),
        "java": dict(java_lines(soap_gateway, **of)),
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("language", ["php", "node", "java"])
def test_a_client_of_the_imported_wsdl_gets_the_answer(
    imported: dict[str, dict[str, object]], language: str, proof: str, version: str
) -> None:
    said = json.dumps(imported[language][f"{proof} {version}"], ensure_ascii=False)

    assert "Nguyễn Văn Thử" in said
    assert "22001" in said


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["php", "node", "java"])
def test_a_client_of_the_imported_wsdl_gets_the_fault(
    imported: dict[str, dict[str, object]], language: str, version: str
) -> None:
    said = json.dumps(imported[language][f"fault {version}"], ensure_ascii=False)

    assert "/problems/provider-" in said


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("language", ["php", "node"])
def test_a_client_gets_the_agreed_fields(
    request: pytest.FixtureRequest, language: str, proof: str, version: str
) -> None:
    answer = request.getfixturevalue(language)[f"{proof} {version}"]["answer"]

    assert (answer["SoGCN"], answer["ChuSoHuu"], answer["TaiSan"]) == (
        "CD123",
        {"HoVaTen": "Nguyễn Văn Thử"},
        [{"Ma": "A1"}, {"Ma": "A2"}],
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("proof", PROOFS)
def test_jax_ws_gets_the_agreed_fields(java: dict[str, str], proof: str, version: str) -> None:
    said = java[f"{proof} {version}"]

    assert said.startswith("answer ")
    assert "HoVaTen>Nguyễn Văn Thử</" in said
    assert "SoDinhDanh" not in said


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["php", "node"])
def test_a_client_gets_the_fault(request: pytest.FixtureRequest, language: str, version: str) -> None:
    fault = request.getfixturevalue(language)[f"fault {version}"]

    assert "Nội dung yêu cầu sai" in fault["fault"]
    assert '"where": "SoGCN"' in json.dumps(fault["detail"])


@pytest.mark.parametrize("version", VERSIONS)
def test_jax_ws_gets_the_fault(java: dict[str, str], version: str) -> None:
    said = java[f"fault {version}"]

    assert said.startswith("fault Nội dung yêu cầu sai")
    assert "/problems/request-invalid" in said


@pytest.mark.parametrize("version", VERSIONS)
def test_php_gets_the_fault_of_a_call_without_proof(php: dict[str, object], version: str) -> None:
    assert php[f"nobody {version}"]["detail"]["problem"]["status"] == "401"


# --- suds, which speaks SOAP 1.1 ---------------------------------------------------------------------------------


def suds_client(gateway: GatewayProcess, **options: object) -> suds.client.Client:
    return suds.client.Client(f"{gateway.url}{GENERATED}?wsdl", cache=None, port="Soap11", **options)


def with_basic(gateway: GatewayProcess) -> suds.client.Client:
    transport = suds.transport.http.HttpAuthenticated(username=SYSTEM, password=SECRET)
    return suds_client(gateway, transport=transport)


def with_bearer(gateway: GatewayProcess) -> suds.client.Client:
    return suds_client(gateway, headers={"Authorization": f"Bearer {token(gateway)}"})


def with_token(gateway: GatewayProcess, secret: str, *, digest: bool) -> suds.client.Client:
    proof = suds.wsse.UsernameToken(SYSTEM, secret)
    if digest:  # suds sends the digest that its caller has computed
        moment = datetime.now(UTC).replace(microsecond=0)
        nonce, created = os.urandom(16), str(DateTime(moment))
        proof.setcreated(moment)
        proof.setnonce(base64.b64encode(nonce).decode())
        proof.setnonceencoding(True)
        proof.setpassworddigest(base64.b64encode(sha1(nonce + created.encode() + secret.encode()).digest()).decode())
    security = suds.wsse.Security()
    security.tokens.append(proof)
    return suds_client(gateway, wsse=security)


@pytest.mark.parametrize("proof", PROOFS)
def test_suds_gets_the_agreed_fields(soap_gateway: GatewayProcess, proof: str) -> None:
    clients = {
        "basic": lambda: with_basic(soap_gateway),
        "bearer": lambda: with_bearer(soap_gateway),
        "text": lambda: with_token(soap_gateway, SECRET, digest=False),
        "digest": lambda: with_token(soap_gateway, DIGEST_SECRET, digest=True),
    }

    answer = clients[proof]().service.get("CD123")

    assert (answer.SoGCN, answer.ChuSoHuu.HoVaTen, answer.TaiSan[1].Ma) == ("CD123", "Nguyễn Văn Thử", "A2")


def test_suds_gets_the_fault(soap_gateway: GatewayProcess) -> None:
    with pytest.raises(suds.WebFault, match="Nội dung yêu cầu sai") as caught:
        with_basic(soap_gateway).service.get("sai")

    assert caught.value.fault.detail.problem.error.where == "SoGCN"


def test_suds_gets_the_answer_of_the_imported_wsdl(soap_gateway: GatewayProcess) -> None:
    transport = suds.transport.http.HttpAuthenticated(username=SYSTEM, password=SECRET)
    client = suds.client.Client(f"{soap_gateway.url}{IMPORTED}?wsdl", cache=None, port="HoPort", transport=transport)

    assert client.service.TraCuuHo("H1").ChuHo == "Nguyễn Văn Thử"


# --- zeep ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("port", ["Soap11", "Soap12"])
@pytest.mark.parametrize("digest", [False, True])
def test_zeep_proves_itself_by_a_username_token(soap_gateway: GatewayProcess, port: str, digest: bool) -> None:
    proof = UsernameToken(SYSTEM, DIGEST_SECRET if digest else SECRET, use_digest=digest)
    client = zeep.Client(f"{soap_gateway.url}{GENERATED}?wsdl", wsse=proof, port_name=port)

    assert client.service.get(SoGCN="CD123").ChuSoHuu.HoVaTen == "Nguyễn Văn Thử"
