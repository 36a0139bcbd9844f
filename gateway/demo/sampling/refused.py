"""How does each refusal look that a call can bring about?

One call for each problem type that a caller can cause without harming the platform. Those of the platform itself
(overloaded, record-unavailable, limits-unavailable, policy-unavailable, internal) cannot be caused by a call.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from adapters.contract import Json
from gateway.demo.consumers import ADMINISTRATOR, OBSERVER, SUSPENDED_SYSTEM, TRIAL_SYSTEM
from gateway.demo.sampling.form import SampleCall
from gateway.problem_texts import PROBLEMS
from security.keys import TokenKey
from security.tokens import issue_token

NEW_KEY = "{new}"
_DATABASE = "thunghiem"
_ROOT = "/x/thunghiem"
_WELL = f"{_ROOT}/binh-thuong/v1/binh-thuong"
_WRITE = f"{_ROOT}/binh-thuong/v1/ghi"
_SILENT = f"{_ROOT}/ghi-khong-tra-loi/v1/ghi-roi-ngat"
_BODY: dict[str, Json] = {"NoiDung": "Thử ghi"}
_AGREED = {"Agreement": "TN-THUONG"}
_TOO_LARGE_BYTES = 11 * 1024 * 1024
_FAR = timedelta(days=3650)


def refused_calls(key: TokenKey, staff_tokens: Mapping[str, str], *, issuer: str, now: datetime) -> list[SampleCall]:
    """Return the refusals.

    `key` signs two tokens: one that has expired, one given out before its system was suspended.
    """
    return [
        *_who(key, issuer=issuer, now=now),
        *_agreed(),
        *_limits(),
        *_requests(),
        *_providers(),
        *_once(),
        *_staff(staff_tokens),
    ]


def _call(
    problem: str | None,
    why: str,
    *,
    method: str = "GET",
    path: str = _WELL,
    system: str | None = TRIAL_SYSTEM,
    database: str = _DATABASE,
    door: str = "rest",
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Json = None,
    body_text: str | None = None,
    body_bytes: int = 0,
    repeat: int = 1,
    at_once: int = 1,
) -> SampleCall:
    return SampleCall(
        name=f"{problem or 'được trả lời'}: {why}",
        database=database,
        system=system,
        door=door,
        method=method,
        path=path,
        query=dict(query or {}),
        headers=dict(headers or {}),
        body=body,
        expected_status=PROBLEMS[problem].status if problem else 200,
        expected_problem=problem,
        must_have=() if problem else ("Ma",),
        must_not_have=() if problem else ("NguoiThu",),
        body_text=body_text,
        body_bytes=body_bytes,
        repeat=repeat,
        at_once=at_once,
    )


def _under(agreement: str, **more: str) -> dict[str, str]:
    return {"Agreement": f"TN-{agreement}", **more}


def _who(key: TokenKey, *, issuer: str, now: datetime) -> list[SampleCall]:
    def bearer(client: str, at: datetime, lifetime: timedelta) -> dict[str, str]:
        token = issue_token(
            key, client, issuer=issuer, audience=issuer, token_id=str(uuid4()), now=at, lifetime=lifetime
        )
        return {**_AGREED, "Authorization": f"Bearer {token}"}

    expired = bearer(TRIAL_SYSTEM, now - timedelta(days=1), timedelta(minutes=5))
    before_suspension = bearer(SUSPENDED_SYSTEM, now, _FAR)
    form = "grant_type=client_credentials&client_id=khong-co-he-thong-nay&client_secret=sai"
    return [
        _call("token-missing", "không mang mã truy cập", system=None),
        _call("token-invalid", "mã truy cập bịa đặt", system=None, headers={"Authorization": "Bearer khong-phai-ma"}),
        _call("token-expired", "mã truy cập của hôm qua", system=None, headers=expired),
        _call("client-suspended", "mã cấp trước khi hệ thống bị tạm dừng", system=None, headers=before_suspension),
        _call(
            "client-unknown", "hệ thống không đăng ký xin mã truy cập", system=None, method="POST", door="token",
            path="/oauth2/token", body_text=form, headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    ]  # fmt: skip


def _agreed() -> list[SampleCall]:
    return [
        _call(None, "theo thỏa thuận TN-THUONG", headers=_AGREED),
        _call("agreement-missing", "chưa có thỏa thuận với dịch vụ", path="/x/ansinh/doi-tuong/v1/danh-sach"),
        _call("agreement-suspended", "bên cung cấp đã tạm dừng", headers=_under("TAM-DUNG")),
        _call("agreement-expired", "đã qua ngày cuối", headers=_under("HET-HAN")),
        _call("agreement-not-yet-valid", "chưa tới ngày đầu", headers=_under("CHUA-HIEU-LUC")),
        _call("agreement-ambiguous", "nhiều thỏa thuận, lời gọi không nêu"),
        _call("purpose-required", "nhiều mục đích, lời gọi không nêu", headers=_under("MUC-DICH")),
        _call("purpose-not-agreed", "mục đích ngoài thỏa thuận", headers={**_AGREED, "Purpose": "cong-khai"}),
        _call(
            "operation-not-agreed", "thỏa thuận không gồm thao tác này", system="ioc", database="doanhnghiep",
            path="/x/doanhnghiep/du-an/v1/chi-tiet/DA5600001",
        ),
        _call("field-not-agreed", "xin trường ngoài thỏa thuận", headers=_AGREED, query={"fields": "NguoiThu"}),
        _call("case-file-required", "không nêu mã hồ sơ", headers=_under("HO-SO")),
        _call("officer-required", "không nêu cán bộ", headers=_under("CAN-BO")),
        _call("outside-hours", "chỉ được gọi từ 02:00 đến 02:01", headers=_under("NGOAI-GIO")),
        _call("source-not-allowed", "chỉ được gọi từ 10.0.0.0/8", headers=_under("MANG")),
    ]  # fmt: skip


def _limits() -> list[SampleCall]:
    return [
        _call("rate-exceeded", "một lần mỗi phút, gọi hai lần liền", headers=_under("TAN-SUAT"), repeat=2),
        _call("quota-exceeded", "hai lần mỗi ngày, gọi ba lần", headers=_under("HAN-MUC"), repeat=3),
    ]


def _requests() -> list[SampleCall]:
    write = {"Idempotency-Key": "demo-yeu-cau-sai"}
    many_headers = {f"X-Thua-{number}": "1" for number in range(120)}
    return [
        _call("request-malformed", "quá nhiều tiêu đề", headers={**_AGREED, **many_headers}),
        _call("request-invalid", "tham số không khai báo", headers=_AGREED, query={"KhongCo": "1"}),
        _call("request-invalid", "thân JSON hỏng", method="POST", path=_WRITE, body_text='{"NoiDung": ',
              headers={**write, "Content-Type": "application/json"}),
        _call("request-invalid", "thân thiếu thành phần bắt buộc", method="POST", path=_WRITE, body={}, headers=write),
        _call("request-too-large", "thân 11 MB", method="POST", path=_WRITE, body_bytes=_TOO_LARGE_BYTES,
              headers={**write, "Content-Type": "application/json"}),
        _call("media-type-unsupported", "thân không phải JSON", method="POST", path=_WRITE, body_text="Thử",
              headers={**write, "Content-Type": "text/plain"}),
        _call("not-found", "nguồn không có dữ liệu", path=f"{_ROOT}/binh-thuong/v1/khong-co"),
        _call("path-unknown", "không có thao tác ở đường dẫn", path=f"{_ROOT}/binh-thuong/v1/khong-ton-tai"),
        _call("path-unknown", "đi ngược thư mục", path=f"{_ROOT}/binh-thuong/v1/%2e%2e/tuchoi"),
        _call("method-not-allowed", "DELETE thay cho GET", method="DELETE", headers=_AGREED),
        _call("service-unspecified", "chưa có đặc tả", database="qg-thue", path="/x/qg-thue/dich-vu/v1/tra-cuu"),
    ]  # fmt: skip


def _providers() -> list[SampleCall]:
    """Before each failure something that works, so that the pause after repeated failures never begins."""

    def works(service: str) -> SampleCall:
        return _call(None, f"thao tác bình thường của {service}", path=f"{_ROOT}/{service}/v1/binh-thuong")

    return [
        _call("provider-refused", "nguồn từ chối", path=f"{_ROOT}/binh-thuong/v1/tu-choi"),
        works("cham"),
        _call("provider-timeout", "nguồn trả lời sau 60 giây", path=f"{_ROOT}/cham/v1/cham"),
        _call("provider-unreachable", "không ai nghe ở địa chỉ của nguồn", path=f"{_ROOT}/mat-ket-noi/v1/binh-thuong"),
        works("vo-nghia"),
        _call("provider-nonsense", "nguồn trả lời dở dang", path=f"{_ROOT}/vo-nghia/v1/rac"),
        _call("provider-nonsense", "nguồn báo lỗi 500", path=f"{_ROOT}/vo-nghia/v1/hong"),
        works("ngat-ket-noi"),
        _call("provider-nonsense", "nguồn ngắt kết nối", path=f"{_ROOT}/ngat-ket-noi/v1/ngat"),
        works("kin-cho"),
        _call(
            "provider-saturated", "ba lời gọi cùng lúc, nguồn chịu được một", path=f"{_ROOT}/kin-cho/v1/cham", at_once=3
        ),
    ]


def _once() -> list[SampleCall]:
    def write(
        problem: str | None, why: str, *, key: str = "", path: str = _WRITE, text: str = "Thử ghi", at_once: int = 1
    ) -> SampleCall:
        headers = {"Idempotency-Key": key} if key else {}
        body: Json = {"NoiDung": text}
        return _call(problem, why, method="POST", path=path, headers=headers, body=body, at_once=at_once)

    works = _call(None, "thao tác bình thường của ghi-khong-tra-loi", path=f"{_ROOT}/ghi-khong-tra-loi/v1/binh-thuong")
    return [
        write("idempotency-key-required", "ghi mà không có khóa"),
        write(None, "ghi một lần", key="demo-ghi-mot-lan"),
        write(None, "gửi lại cùng khóa, cùng nội dung", key="demo-ghi-mot-lan"),
        write("idempotency-conflict", "cùng khóa, nội dung khác", key="demo-ghi-mot-lan", text="Nội dung khác"),
        works,
        write("outcome-unknown", "nguồn ghi rồi không trả lời", key="demo-ghi-khong-tra-loi", path=_SILENT),
        write("idempotency-in-progress", "hai lời gọi cùng khóa cùng lúc", key=NEW_KEY, path=_SILENT, at_once=2),
    ]


def _staff(tokens: Mapping[str, str]) -> list[SampleCall]:
    """Refusals of the control API, which staff call with tokens of their own."""

    def control(problem: str, why: str, *, who: str, path: str, body: Json = None) -> SampleCall:
        headers = {"Authorization": f"Bearer {tokens[who]}"} if who else {}
        return _call(
            problem,
            why,
            method="POST",
            path=f"/api/v1{path}",
            system=None,
            database="",
            door="control",
            headers=headers,
            body=body,
        )

    fine: Json = {"code": "thu-nghiem", "title_vi": "Thử nghiệm kết nối"}
    wrong: Json = {"code": "có dấu", "title_vi": "Mã có dấu"}
    undecided = "/agreements/TT-CHO-DUYET/versions/1/approve"
    return [
        control("staff-unauthorized", "không có mã cán bộ", who="", path="/purposes", body=fine),
        control("staff-forbidden", "người quan sát thêm mục đích", who=OBSERVER, path="/purposes", body=fine),
        control("already-there", "mục đích đã có", who=ADMINISTRATOR, path="/purposes", body=fine),
        control("content-invalid", "mã có dấu", who=ADMINISTRATOR, path="/purposes", body=wrong),
        control("state-forbids", "tiếp tục hệ thống đang chạy", who=ADMINISTRATOR, path="/systems/dvc/resume"),
        control("four-eyes", "tự phê duyệt thỏa thuận của mình", who=ADMINISTRATOR, path=undecided),
    ]
