"""What does each rule for client assertions ask, and what mends it?

A table, no logic: what is asked, what is wrong where it is broken, what to do. The reasons are those of
`security.assertions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.console.words import Words


@dataclass(frozen=True, slots=True)
class RuleTexts:
    """One rule's texts."""

    asks: Words
    broken: Words
    fix: Words


_ROWS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("assertion-unreadable", "Đọc được (JWT ba phần)", "Can be read (a JWT of three parts)",
     "Không phải JWT ba phần, dài quá 8.192 ký tự, hoặc thiếu thành phần bắt buộc (iss, sub, aud, exp, iat, jti).", "Not a JWT of three parts, longer than 8,192 characters, or without a claim that must be there (iss, sub, aud, exp, iat, jti).",
     "Dán cả chuỗi header.payload.signature; exp và iat là số giây nguyên, jti là chuỗi.", "Paste the whole header.payload.signature; exp and iat are whole seconds, jti is a string."),
    ("assertion-header", "Tiêu đề JWT được chấp nhận", "Header is accepted",
     "Tiêu đề chỉ được có alg, typ, kid; alg phải là ES256, PS256, Ed25519 hoặc EdDSA; typ là JWT hoặc bỏ trống.", "The header may have alg, typ and kid only; alg must be ES256, PS256, Ed25519 or EdDSA; typ is JWT or left out.",
     "Ký bằng ES256, PS256 hoặc Ed25519 (không RS256, HS256, none) và bỏ jwk, jku, x5c, crit khỏi tiêu đề.", "Sign with ES256, PS256 or Ed25519 (not RS256, HS256, none), and leave jwk, jku, x5c, crit out of the header."),
    ("client-unknown", "Hệ thống có trong danh mục", "Client is in the catalogue",
     "Không có hệ thống nào của đơn vị bạn mang mã ghi ở sub.", "None of your agency's systems has the code that stands in sub.",
     "Ghi mã hệ thống (client_id) vào cả iss và sub, đúng chữ hoa chữ thường.", "Put the system's code (client_id) in both iss and sub, in the same case."),
    ("client-inactive", "Hệ thống đang hoạt động", "Client is active",
     "Hệ thống đang bị tạm dừng.", "The system is suspended.",
     "Mở lại ở trang của hệ thống, hoặc hỏi người đã tạm dừng.", "Resume it on the system's page, or ask whoever suspended it."),
    ("key-unknown", "Khóa đã đăng ký và còn hạn", "Key is registered and in date",
     "Không có khóa công khai còn hạn nào hợp với alg và kid này (RSA phải từ 2.048 bit).", "No public key in date fits this alg and kid (RSA needs 2,048 bits).",
     "Đăng ký khóa công khai của cặp khóa đang dùng, hoặc ghi đúng kid; có nhiều khóa cùng loại thì phải có kid.", "Register the public key of the pair in use, or send the right kid; with several keys of a kind the kid must be there."),
    ("assertion-signature", "Chữ ký khớp với khóa", "Signature fits the key",
     "Chữ ký không phải của khóa đã đăng ký, hoặc nội dung bị sửa sau khi ký.", "The signature is not the registered key's, or the content was changed after signing.",
     "Ký bằng đúng khóa riêng của khóa đã đăng ký; với ES256, chữ ký là 64 byte (R‖S), không phải DER.", "Sign with the private key of the registered one; an ES256 signature is 64 bytes (R‖S), not DER."),
    ("assertion-issuer", "iss bằng sub", "iss equals sub",
     "iss và sub khác nhau.", "iss and sub differ.",
     "Ghi mã hệ thống vào cả hai.", "Put the system's code in both."),
    ("assertion-audience", "aud là nền tảng này", "aud is this platform",
     "aud không phải địa chỉ của nền tảng (một chuỗi, không phải danh sách; không phải địa chỉ /oauth2/token).", "aud is not the platform's address (one string, no list; not the address of /oauth2/token).",
     "Ghi vào aud đúng giá trị issuer ở /.well-known/oauth-authorization-server.", "Put in aud exactly the issuer of /.well-known/oauth-authorization-server."),
    ("assertion-times", "Thời điểm đọc được", "Times can be read",
     "exp, iat hoặc nbf không phải là thời điểm.", "exp, iat or nbf is no moment.",
     "Ghi số giây từ 1970 (không phải mili giây).", "Write seconds since 1970 (not milliseconds)."),
    ("assertion-too-long-lived", "Sống không quá 60 giây", "Lives 60 seconds at most",
     "exp cách iat quá 60 giây, hoặc không sau iat.", "exp is more than 60 seconds after iat, or not after it.",
     "Ký mới cho mỗi lần lấy mã, exp = iat + 60 trở xuống.", "Sign a new one for each token, with exp = iat + 60 or less."),
    ("assertion-from-the-future", "Không tới từ tương lai", "Not from the future",
     "iat hoặc nbf sau giờ của nền tảng quá 5 giây.", "iat or nbf is more than 5 seconds after the platform's time.",
     "Đồng bộ đồng hồ máy chủ (NTP).", "Synchronise the server's clock (NTP)."),
    ("assertion-expired", "Chưa hết hạn", "Not expired",
     "Đã hết hạn vào lúc này. Một phiếu chỉ sống tối đa 60 giây nên phiếu dán lại sau đó luôn hết hạn: nếu lúc gửi còn hạn thì đây không phải lý do.", "It has expired by now. One lives 60 seconds at most, so one that is pasted later always has: where it was in time when it was sent, this is not the reason.",
     "Ký mới ngay trước khi gửi; nếu lúc gửi đã hết hạn thì đồng hồ máy chủ chạy chậm: đồng bộ NTP.", "Sign right before sending; where it had expired when it was sent, the server's clock is slow: synchronise it (NTP)."),
    ("assertion-jti", "Có jti", "Has a jti",
     "jti trống hoặc dài quá 256 ký tự.", "jti is empty or longer than 256 characters.",
     "Ghi một giá trị ngẫu nhiên mới cho mỗi phiếu (UUID).", "Put a new random value in each one (a UUID)."),
    ("assertion-replayed", "Chưa dùng lần nào", "Not used before",
     "jti này đã được dùng: phiếu đã được chấp nhận một lần.", "This jti was used: the assertion was accepted once.",
     "Ký phiếu mới với jti mới cho mỗi lần lấy mã; đừng gửi lại phiếu cũ khi thử lại.", "Sign a new one with a new jti for each token; do not send the old one again when you retry."),
)  # fmt: skip

RULE_TEXTS: Mapping[str, RuleTexts] = {
    reason: RuleTexts(Words(asks_vi, asks_en), Words(broken_vi, broken_en), Words(fix_vi, fix_en))
    for reason, asks_vi, asks_en, broken_vi, broken_en, fix_vi, fix_en in _ROWS
}
