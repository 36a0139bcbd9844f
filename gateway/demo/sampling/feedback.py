"""How is a feedback sent, once, through the gateway?"""

from adapters.contract import Json
from gateway.demo.sampling.form import SampleCall

_PATH = "/x/pakn/phan-anh/v1/gui"


def feedback_calls() -> list[SampleCall]:
    """Return a feedback that is sent, and the same one sent again with its key: the provider sees it once."""
    body: Json = {
        "LinhVuc": "Giao thông",
        "MaDVHC": "22366",
        "TieuDe": "Đèn tín hiệu không sáng",
        "NoiDung": "Đèn tín hiệu tại ngã tư không sáng từ tối qua.",
        "DiaDiem": "Phường Nha Trang",
    }
    return [_sent("gửi phản ánh", body), _sent("gửi lại cùng khóa, nguồn chỉ nhận một lần", body)]


def _sent(why: str, body: Json) -> SampleCall:
    return SampleCall(
        name=f"pakn: {why}",
        database="pakn",
        system="pakn",
        method="POST",
        path=_PATH,
        headers={"Idempotency-Key": "demo-phan-anh-1"},
        body=body,
        expected_status=200,
        must_have=("MaPhanAnh", "TrangThai"),
        must_not_have=("NguoiGui.SoDinhDanh", "NguoiGui.DienThoai", "_thietBi.ungDung"),
    )
