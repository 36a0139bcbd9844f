"""Why is a client assertion or an access token not accepted, as far as the one who asks may know?

The agency whose system it names and those who look after the platform hear every link; to others such a system does not
exist, so that nothing can be learnt here about keys that are not one's own. What is pasted is judged and forgotten.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.clients import TokenClient
from gateway.console.words import Words
from gateway.snapshot import Snapshot, SystemPolicy
from gateway.why.assertion_texts import RULE_TEXTS
from gateway.why.chain import Chain, Holds, Link, refused_link
from security.assertion_links import RULES, Examined, examine_assertion, unproven_client, unproven_members
from security.assertions import MAX_ASSERTION_CHARS, AssertionReader
from security.errors import TokenExpired, TokenInvalid, TokenLink
from security.replay import Replays
from security.tokens import AccessToken, TokenVerifier

MAX_CHARS: Final = MAX_ASSERTION_CHARS
_ASSERTION = Words("Client assertion (private_key_jwt)", "Client assertion (private_key_jwt)")
_TOKEN = Words("Mã truy cập (access token)", "Access token")
_SAID: Final = {
    "alg": Words("Thuật toán (alg)", "Algorithm (alg)"),
    "typ": Words("Kiểu (typ)", "Type (typ)"),
    "kid": Words("Mã khóa (kid)", "Key id (kid)"),
    "iss": Words("Bên phát hành (iss)", "Issuer (iss)"),
    "sub": Words("Hệ thống (sub)", "System (sub)"),
    "aud": Words("Nơi nhận (aud)", "Audience (aud)"),
    "iat": Words("Lúc ký (iat)", "Signed at (iat)"),
    "nbf": Words("Dùng được từ (nbf)", "Good from (nbf)"),
    "exp": Words("Hết hạn (exp)", "Expires at (exp)"),
}
_TOKEN_TITLES: Final = {
    TokenLink.FORM: Words("Đọc được (JWT ba phần)", "Can be read (a JWT of three parts)"),
    TokenLink.HEADER: Words("Tiêu đề là của nền tảng", "Header is the platform's"),
    TokenLink.SIGNATURE: Words("Do nền tảng này ký", "Signed by this platform"),
    TokenLink.AUDIENCE: Words("Cấp cho nền tảng này", "Issued for this platform"),
    TokenLink.CONTENT: Words("Nêu tên hệ thống", "Names a system"),
    TokenLink.TIME: Words("Còn hạn", "In date"),
    TokenLink.CLIENT: Words("Hệ thống đang hoạt động", "System is active"),
}
_KEY = Words("Khóa đã dùng để lấy mã còn hiệu lực", "Key that it was got with is in force")
_NARROWED = Words("Thỏa thuận mà mã được dùng", "Agreements that it is good for")
_TOKEN_FIXES: Final = {
    TokenLink.FORM: Words(
        "Dán đúng chuỗi access_token trong câu trả lời của /oauth2/token.",
        "Paste the access_token of the answer of /oauth2/token.",
    ),
    TokenLink.CONTENT: Words("Lấy mã mới ở /oauth2/token.", "Get a new one from /oauth2/token."),
}


@dataclass(frozen=True, slots=True)
class Proofs:
    """What proofs are judged by. Built by `gateway/control.py`."""

    assertions: AssertionReader
    tokens: TokenVerifier
    replays: Replays
    find: Callable[[str], TokenClient | None]
    policy: Callable[[], Snapshot]

    async def chain_of(self, pasted: str, *, may_see: Callable[[str], bool], now: datetime) -> Chain:
        """Return the chain of what was pasted; `may_see` says of an agency whether the reader may know of its systems.

        An access token says so in its header (RFC 9068, 2.1), everything else is taken for an assertion.
        """
        text = pasted.strip().removeprefix("Bearer ").strip()
        if unproven_members(text).get("typ") == "at+jwt":
            return self._token(text, may_see=may_see, now=now)
        return await self._assertion(text, may_see=may_see, now=now)

    async def _assertion(self, text: str, *, may_see: Callable[[str], bool], now: datetime) -> Chain:
        system = self.policy().systems.get(unproven_client(text))
        seen = system if system is not None and may_see(system.agency) else None

        def find(client_id: str) -> TokenClient | None:
            return self.find(client_id) if seen is not None and client_id == seen.code else None

        examined = examine_assertion(self.assertions, text, find, now=now)
        used = await self._was_used(examined)
        return assertion_chain(examined, seen, used=used, now=now)

    async def _was_used(self, examined: Examined) -> bool | None:
        if "assertion-signature" not in examined.kept or not examined.jti:
            return None
        return await self.replays.was_used(examined.client_id, examined.jti)

    def _token(self, text: str, *, may_see: Callable[[str], bool], now: datetime) -> Chain:
        header = f"Bearer {text}"
        broken: dict[TokenLink, Link] = {}
        token: AccessToken | None = None
        try:
            token = self.tokens.examine(header, now)
        except TokenExpired as expired:
            broken[TokenLink.TIME] = refused_link(_TOKEN_TITLES[TokenLink.TIME], "token-expired")
            token = self.tokens.examine(header, expired.expired_at - timedelta(seconds=1))
        except TokenInvalid as invalid:
            link = refused_link(_TOKEN_TITLES[invalid.link], "token-invalid")
            broken[invalid.link] = link
        system = self.policy().systems.get(token.client_id) if token is not None else None
        seen = system if system is not None and may_see(system.agency) else None
        return token_chain(token if seen is not None else None, seen, broken, said=unproven_members(text), now=now)


def assertion_chain(examined: Examined, system: SystemPolicy | None, *, used: bool | None, now: datetime) -> Chain:
    """Return the chain of an assertion; `used` is None where nobody can say whether it was used."""
    links = [_rule_link(reason, examined, system, used=used, now=now) for reason in RULES]
    only_late = examined.broken == {"assertion-expired"}
    if only_late:
        links = [_as_warning(link) if link.title == RULE_TEXTS["assertion-expired"].asks else link for link in links]
    facts = [(_SAID[name], _shown(name, text)) for name, text in examined.said.items() if name in _SAID]
    return Chain(_ASSERTION, tuple(links), tuple(facts), "" if not examined.broken or only_late else "client-unknown")


def _rule_link(
    reason: str, examined: Examined, system: SystemPolicy | None, *, used: bool | None, now: datetime
) -> Link:
    texts = RULE_TEXTS[reason]
    facts: Sequence[tuple[Words, str]] = ()
    if reason == "assertion-unreadable" and examined.missing:
        facts = ((Words("Thiếu", "Missing"), ", ".join(examined.missing)),)
    if reason == "key-unknown" and system is not None:
        facts = tuple(_key_facts(system, now=now))
    if reason == "assertion-replayed":
        holds = Holds.NOT_REACHED if used is None else Holds.NO if used else Holds.YES
    else:
        holds = Holds.NO if reason in examined.broken else Holds.YES if reason in examined.kept else Holds.NOT_REACHED
    if holds is Holds.NO:
        return Link(texts.asks, holds, texts.broken, texts.fix, facts)
    return Link(texts.asks, holds, facts=facts if holds is Holds.YES and reason == "key-unknown" else ())


def _as_warning(link: Link) -> Link:
    return Link(link.title, Holds.WARNING, link.detail, link.fix, link.facts)


def _key_facts(system: SystemPolicy, *, now: datetime) -> list[tuple[Words, str]]:
    """Return the registered public keys, those that have expired named as such."""
    facts = []
    for key in system.keys:
        if key.jwk:
            over = key.expires_at is not None and key.expires_at <= now
            until = "" if key.expires_at is None else f" ({key.expires_at:%d/%m/%Y})"
            said = Words(
                f"Khóa {'đã hết hạn' if over else 'đã đăng ký'}{until}",
                f"Key {'expired' if over else 'registered'}{until}",
            )
            facts.append((said, key.id))
    return facts or [(Words("Khóa công khai", "Public keys"), "0")]


def token_chain(
    token: AccessToken | None,
    system: SystemPolicy | None,
    broken: Mapping[TokenLink, Link],
    *,
    said: Mapping[str, str],
    now: datetime,
) -> Chain:
    """Return the chain of an access token. Without `system` the one who asks may know nothing about who holds it."""
    links: list[Link] = []
    failed = False
    for link, title in _TOKEN_TITLES.items():
        if link is TokenLink.CLIENT:
            continue
        if link in broken:
            found = broken[link]
            links.append(Link(title, Holds.NO, found.detail, _TOKEN_FIXES.get(link, found.fix)))
            failed = failed or link is not TokenLink.TIME
        else:
            links.append(Link(title, Holds.NOT_REACHED if failed else Holds.YES))
    facts = [(_SAID[name], _shown(name, text)) for name, text in said.items() if name in _SAID]
    if failed:
        unreached = (_TOKEN_TITLES[TokenLink.CLIENT], _KEY, _NARROWED)
        links += [Link(title, Holds.NOT_REACHED) for title in unreached]
        return Chain(_TOKEN, tuple(links), tuple(facts), "token-invalid")
    links += _holder_links(token, system, now=now)
    slug = "token-expired" if broken else ""
    return Chain(_TOKEN, tuple(links), tuple(facts), slug)


def _holder_links(token: AccessToken | None, system: SystemPolicy | None, *, now: datetime) -> list[Link]:
    title = _TOKEN_TITLES[TokenLink.CLIENT]
    if system is None or token is None:
        texts = RULE_TEXTS["client-unknown"]
        nobodys = Link(
            title,
            Holds.NO,
            texts.broken,
            Words("Dán mã của hệ thống thuộc đơn vị bạn.", "Paste a token of your agency's system."),
        )
        return [nobodys, Link(_KEY, Holds.NOT_REACHED), Link(_NARROWED, Holds.NOT_REACHED)]
    active = Link(title, Holds.YES) if system.active else refused_link(title, "client-suspended")
    until = system.proofs.get(token.key_thumbprint, now)
    in_force = token.key_thumbprint in system.proofs and (until is None or now < until)
    key = (
        Link(_KEY, Holds.YES)
        if in_force
        else Link(
            _KEY,
            Holds.NO,
            Words(
                "Khóa hoặc bí mật đã dùng để lấy mã này đã bị thu hồi hoặc hết hạn.",
                "The key or secret that it was got with was revoked or has expired.",
            ),
            Words("Đăng ký khóa mới rồi lấy mã mới.", "Register a new key, then get a new token."),
        )
    )
    named = [detail.agreement for detail in token.authorization_details]
    narrowed = Words("Mọi thỏa thuận của hệ thống", "All agreements of the system")
    facts = [(Words("Thỏa thuận", "Agreement"), code) for code in named] or [(narrowed, "")]
    return [active, key, Link(_NARROWED, Holds.YES, facts=facts)]


def _shown(name: str, text: str) -> str:
    if name in ("iat", "nbf", "exp") and text.isascii() and text.isdigit() and len(text) < 12:
        return f"{datetime.fromtimestamp(int(text), UTC):%Y-%m-%d %H:%M:%SZ}"
    return text
