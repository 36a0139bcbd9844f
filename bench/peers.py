"""Beside whom is the gateway measured, and how is each of them set up?

All on loopback, all in front of the same provider: nginx that only proxies (the physical limit), HAProxy and Envoy that
check an ES256 token, limit the rate and write an access log. None of them makes its log durable.
"""

import base64
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

ISSUER = "http://bench.invalid"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
RATE_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Contender:
    """One server to load: where it is, how to get its token (ours live five minutes), which processes are its own.

    `script` tells wrk what to send, where that is not a GET.
    """

    name: str
    url: str
    token: Callable[[], str]
    processes: tuple[int, ...]
    script: Path | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """The loopback ports of a run."""

    provider: int
    nginx: int
    haproxy: int
    envoy: int


def start(arguments: Sequence[str], *, directory: Path, name: str, environment: dict[str, str] | None = None) -> int:
    """Start a server whose output goes to `directory`, and return its process id."""
    with (directory / f"{name}.out").open("wb") as output:
        return subprocess.Popen(
            arguments, cwd=directory, stdout=output, stderr=output, env=environment or dict(os.environ)
        ).pid


def end(process: int) -> None:
    """Ask a server that we started to stop, and wait for it."""
    os.kill(process, signal.SIGTERM)
    for _ in range(100):
        if os.waitpid(process, os.WNOHANG)[0]:
            return
        time.sleep(0.1)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def write_nginx(directory: Path, *, name: str, workers: int, server: str) -> Path:
    """Write a configuration of nginx in the foreground, and return its path."""
    path = directory / f"{name}.conf"
    path.write_text(
        f"""daemon off; worker_processes {workers}; pid {directory}/{name}.pid; error_log {directory}/{name}.err;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {directory}/{name}-b; proxy_temp_path {directory}/{name}-p;
  fastcgi_temp_path {directory}/{name}-f; uwsgi_temp_path {directory}/{name}-u; scgi_temp_path {directory}/{name}-s;
  {server}
}}
"""
    )
    return path


def provider_and_nginx(directory: Path, ports: Ports, soap_answer: bytes) -> tuple[Path, Path]:
    """Write the configurations of the provider, which answers JSON and below /soap XML, and of nginx in front of it."""
    provider = write_nginx(
        directory,
        name="provider",
        workers=1,
        server=f"""server {{ listen 127.0.0.1:{ports.provider} backlog=4096;
    location /soap {{ default_type "text/xml; charset=utf-8"; return 200 '{soap_answer.decode()}'; }}
    location / {{ default_type application/json; try_files /answer.json =404; root {directory}; }} }}""",
    )
    proxy = write_nginx(
        directory,
        name="proxy",
        workers=2,
        server=f"""upstream provider {{ server 127.0.0.1:{ports.provider}; keepalive 128; keepalive_requests 100000000;
  }}
  server {{ listen 127.0.0.1:{ports.nginx} backlog=4096;
    location / {{ proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}""",
    )
    return provider, proxy


def write_post(directory: Path, name: str, body: bytes, content_type: str) -> Path:
    """Write a script that makes wrk send a POST, and return its path."""
    path = directory / f"{name}.lua"
    path.write_text(
        f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "{content_type}"\n'
        f'wrk.headers["SOAPAction"] = "\\"\\""\nwrk.body = [==[{body.decode()}]==]\n'
    )
    return path


def token_and_keys(directory: Path) -> tuple[str, Path, str]:
    """Return a token that HAProxy and Envoy accept, the public key as a PEM file, and as a JWKS document."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = directory / "public.pem"
    pem.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    jwk = ECKey.import_key(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    now = datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": "bench", "iat": now, "exp": now + timedelta(hours=6)}
    public = dict(jwk.as_dict(private=False)) | {"alg": "ES256", "use": "sig", "kid": "bench"}
    return jwt.encode({"alg": "ES256", "kid": "bench"}, claims, jwk), pem, orjson.dumps({"keys": [public]}).decode()


def write_haproxy(directory: Path, ports: Ports, pem: Path) -> Path:
    """Write a configuration of HAProxy: ES256 token, its expiry, a rate by token in a stick table, an access log."""
    path = directory / "haproxy.cfg"
    path.write_text(
        f"""global
  nbthread 2
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend front
  bind 127.0.0.1:{ports.haproxy}
  stick-table type string len 64 size 100k expire 60s store http_req_rate(1s)
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless {{ var(txn.alg) -m str ES256 }}
  http-request deny deny_status 401 unless {{ var(txn.bearer),jwt_verify(txn.alg,"{pem}") 1 }}
  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 if {{ var(txn.exp),sub(txn.now) -m int lt 0 }}
  http-request set-var(txn.sub) var(txn.bearer),jwt_payload_query('$.sub')
  http-request track-sc0 var(txn.sub)
  http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt {RATE_PER_SECOND} }}
  default_backend provider
backend provider
  http-reuse always
  server provider 127.0.0.1:{ports.provider}
"""
    )
    return path


def write_envoy(directory: Path, ports: Ports, jwks: str) -> Path:
    """Write a configuration of Envoy: ES256 token, local rate limit, an access log in a file."""
    base = "type.googleapis.com/envoy.extensions"
    filters = [
        {
            "name": "envoy.filters.http.jwt_authn",
            "typed_config": {
                "@type": f"{base}.filters.http.jwt_authn.v3.JwtAuthentication",
                "providers": {
                    "bench": {
                        "issuer": ISSUER,
                        "audiences": [ISSUER],
                        "local_jwks": {"inline_string": jwks},
                        "jwt_cache_config": {"jwt_cache_size": 1000},
                    }
                },
                "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "bench"}}],
            },
        },
        {
            "name": "envoy.filters.http.local_ratelimit",
            "typed_config": {
                "@type": f"{base}.filters.http.local_ratelimit.v3.LocalRateLimit",
                "stat_prefix": "bench",
                "token_bucket": {
                    "max_tokens": RATE_PER_SECOND,
                    "tokens_per_fill": RATE_PER_SECOND,
                    "fill_interval": "1s",
                },
                "filter_enabled": {"default_value": {"numerator": 100}},
                "filter_enforced": {"default_value": {"numerator": 100}},
            },
        },
        {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{base}.filters.http.router.v3.Router"}},
    ]
    manager = {
        "@type": f"{base}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "access_log": [
            {
                "name": "envoy.access_loggers.file",
                "typed_config": {
                    "@type": f"{base}.access_loggers.file.v3.FileAccessLog",
                    "path": str(directory / "envoy-access.log"),
                },
            }
        ],
        "http_filters": filters,
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "provider"}}],
                }
            ]
        },
    }
    document = {
        "static_resources": {
            "listeners": [
                {
                    "address": _address(ports.envoy),
                    "filter_chains": [
                        {
                            "filters": [
                                {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
                            ]
                        }
                    ],
                }
            ],
            "clusters": [
                {
                    "name": "provider",
                    "type": "STATIC",
                    "load_assignment": {
                        "cluster_name": "provider",
                        "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(ports.provider)}}]}],
                    },
                }
            ],
        }
    }
    path = directory / "envoy.json"
    path.write_bytes(orjson.dumps(document))
    return path


def _address(port: int) -> dict[str, dict[str, str | int]]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def basic(client_id: str, client_secret: str) -> str:
    """Return the value of an `Authorization: Basic` header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
