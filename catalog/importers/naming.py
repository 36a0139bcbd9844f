"""Of which words is the name of a field made, and how is it written in Vietnamese?

Names come in all spellings (`SoDinhDanh`, `so_dinh_danh`, `SODINHDANH`, `Số định danh`, `dateOfBirth`); their words are
the same: lower case, without marks.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from catalog.folding import fold

_BREAKS = re.compile(r"[^A-Za-z0-9]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_VOWEL = re.compile("[aeiouy]")
_MOST_WORDS = 12
_SHORTEST_RUN = 5  # below it an English word is likelier than two syllables: date, note, code

_PHRASES = """
    an ninh: an ninh|anh: ảnh|ban hanh: ban hành|bang cap: bằng cấp|bao cao: báo cáo|bao hiem: bảo hiểm
    bao hiem xa hoi: bảo hiểm xã hội|bao hiem y te: bảo hiểm y tế|bat dau: bắt đầu|benh: bệnh|benh an: bệnh án
    benh nhan: bệnh nhân|benh vien: bệnh viện|bien so: biển số|buu dien: bưu điện|ca nhan: cá nhân|can bo: cán bộ
    can cuoc: căn cước|can cuoc cong dan: căn cước công dân|cap: cấp|cap bac: cấp bậc|cap ngay: cấp ngày
    cap nhat: cập nhật|cccd: CCCD|cha: cha|chan doan: chẩn đoán|chi tiet: chi tiết|chi tieu: chỉ tiêu|chinh: chính
    cho: chợ|cho o: chỗ ở|chong: chồng|chu: chủ|chu ho: chủ hộ|chu ky: chữ ký|chu so huu: chủ sở hữu
    chuc danh: chức danh|chuc vu: chức vụ|chung chi: chứng chỉ|chung minh nhan dan: chứng minh nhân dân
    chuong trinh: chương trình|chuyen nganh: chuyên ngành|cmnd: CMND|co quan: cơ quan|co so: cơ sở|con: con
    cong bo: công bố|cong chuc: công chức|cong chung: công chứng|cong dan: công dân|cong nghiep: công nghiệp
    cong trinh: công trình|cong ty: công ty|cong viec: công việc|cu tru: cư trú|cum: cụm|da: đã|dai dien: đại diện
    dan so: dân số|dan toc: dân tộc|dang: dạng|dang ky: đăng ký|dang vien: đảng viên|danh muc: danh mục
    danh sach: danh sách|dat: đất|dau tu: đầu tư|den: đến|den han: đến hạn|den ngay: đến ngày|di: dị|di dong: di động
    di tich: di tích|dia ban: địa bàn|dia chi: địa chỉ|dia danh: địa danh|dia diem: địa điểm|dich vu: dịch vụ
    diem: điểm|dien: diện|dien bien: diễn biến|dien thoai: điện thoại|dien tich: diện tích|dieu kien: điều kiện
    dinh danh: định danh|dinh danh ca nhan: định danh cá nhân|dinh muc: định mức|do: độ|do am: độ ẩm
    doanh nghiep: doanh nghiệp|doanh thu: doanh thu|doi tuong: đối tượng|don gia: đơn giá|don vi: đơn vị
    don vi hanh chinh: đơn vị hành chính|don vi tinh: đơn vị tính|du an: dự án|du lich: du lịch|du toan: dự toán
    duong: đường|duyet: duyệt|dvhc: ĐVHC|email: thư điện tử|ghi chu: ghi chú|gia: giá|gia dat: giá đất
    gia dinh: gia đình|gia han: gia hạn|gia tri: giá trị|giai quyet: giải quyết|giam doc: giám đốc|giam ho: giám hộ
    giao thong: giao thông|giao vien: giáo viên|giay chung nhan: giấy chứng nhận|giay khai sinh: giấy khai sinh
    giay phep: giấy phép|giay phep lai xe: giấy phép lái xe|giay to: giấy tờ|gioi tinh: giới tính|gplx: GPLX|gui: gửi
    hang: hạng|hang nam: hằng năm|hang sao: hạng sao|hanh chinh: hành chính|hanh vi: hành vi|he so luong: hệ số lương
    het han: hết hạn|het hieu luc: hết hiệu lực|hien tai: hiện tại|hieu luc: hiệu lực|hinh anh: hình ảnh
    hinh thuc: hình thức|ho: họ|ho chieu: hộ chiếu|ho dem: họ đệm|ho gia dinh: hộ gia đình|ho khau: hộ khẩu
    ho ngheo: hộ nghèo|ho so: hồ sơ|ho ten: họ tên|ho tich: hộ tịch|ho va ten: họ và tên|hoan thanh: hoàn thành
    hoat dong: hoạt động|hoc ky: học kỳ|hoc phi: học phí|hoc sinh: học sinh|hoc van: học vấn|hon nhan: hôn nhân
    hop dong: hợp đồng|huyen: huyện|ket qua: kết quả|ket thuc: kết thúc|khai sinh: khai sinh|khen thuong: khen thưởng
    khoa hoc: khoa học|khoang cach: khoảng cách|khu vuc: khu vực|khuyet tat: khuyết tật|kiem tra: kiểm tra
    kinh do: kinh độ|kinh doanh: kinh doanh|kinh phi: kinh phí|ky: kỳ|ky hieu: ký hiệu|ky luat: kỷ luật
    lan cap: lần cấp|lao dong: lao động|lap: lập|lay: lấy|lien he: liên hệ|linh vuc: lĩnh vực|loai: loại
    loai hinh: loại hình|lop: lớp|luong: lương|luong mua: lượng mưa|luu tru: lưu trú|ly do: lý do|ma: mã|ma ho: mã hộ
    ma so: mã số|ma so thue: mã số thuế|mau: mẫu|me: mẹ|mo ta: mô tả|mon hoc: môn học|msdn: MSDN|mst: MST
    muc dich: mục đích|muc dich su dung: mục đích sử dụng|muc do: mức độ|muc luong: mức lương|nam: năm
    nam hoc: năm học|nam sinh: năm sinh|ngan hang: ngân hàng|ngan sach: ngân sách|nganh: ngành|nganh nghe: ngành nghề
    ngay: ngày|ngay cap: ngày cấp|ngay cap nhat: ngày cập nhật|ngay sinh: ngày sinh|ngay tao: ngày tạo
    nghe nghiep: nghề nghiệp|nghi viec: nghỉ việc|nguoi: người|nguoi dai dien: người đại diện|nguoi ky: người ký
    nguoi lien he: người liên hệ|nguoi nop: người nộp|nguoi than: người thân|nguon: nguồn|nguon goc: nguồn gốc
    nguyen gia: nguyên giá|nhan than: nhân thân|nhan vien: nhân viên|nhiet do: nhiệt độ|nhom: nhóm|nhom mau: nhóm máu
    noi: nơi|noi cap: nơi cấp|noi dung: nội dung|noi o: nơi ở|noi sinh: nơi sinh|nong nghiep: nông nghiệp|nop: nộp
    o: ở|phan anh: phản ánh|phan loai: phân loại|phap luat: pháp luật|phap ly: pháp lý|phong: phòng|phuong: phường
    phuong tien: phương tiện|phuong xa: phường xã|quan: quận|quan he: quan hệ|quan huyen: quận huyện|quan ly: quản lý
    que quan: quê quán|quoc gia: quốc gia|quoc tich: quốc tịch|quy hoach: quy hoạch|quy mo: quy mô
    quyet dinh: quyết định|sang: sang|sinh ngay: sinh ngày|sinh vien: sinh viên|so: số|so bhxh: số BHXH
    so can cuoc: số căn cước|so dien thoai: số điện thoại|so dinh danh: số định danh|so giay to: số giấy tờ
    so hieu: số hiệu|so ho: số hộ|so huu: sở hữu|so luong: số lượng|so nha: số nhà|so tai khoan: số tài khoản
    so thua: số thửa|so tien: số tiền|so to: số tờ|su dung: sử dụng|sua: sửa|suc khoe: sức khỏe|tai khoan: tài khoản
    tai lieu: tài liệu|tai san: tài sản|tam tru: tạm trú|tap the: tập thể|tau: tàu|tau ca: tàu cá|ten: tên
    ten goi: tên gọi|thanh lap: thành lập|thanh pho: thành phố|thanh toan: thanh toán|thanh vien: thành viên|the: thẻ
    them: thêm|thoi diem: thời điểm|thoi gian: thời gian|thoi han: thời hạn|thon: thôn|thong bao: thông báo
    thong so: thông số|thong tin: thông tin|thu dien tu: thư điện tử|thu nhap: thu nhập|thu tu: thứ tự
    thu tuc: thủ tục|thua: thửa|thua dat: thửa đất|thuc hien: thực hiện|thue: thuế|thuong tru: thường trú
    thuy san: thủy sản|tien: tiền|tien an: tiền án|tien phat: tiền phạt|tieu chi: tiêu chí|tieu de: tiêu đề
    tieu thuong: tiểu thương|tim kiem: tìm kiếm|tinh: tỉnh|tinh thanh: tỉnh thành|tinh trang: tình trạng|to: tờ
    to ban do: tờ bản đồ|toa do: tọa độ|ton giao: tôn giáo|ton giao tin nguong: tôn giáo, tín ngưỡng|tong: tổng
    tong so: tổng số|tra: trả|tra cuu: tra cứu|tra cuu ho: tra cứu hộ|tram: trạm|trang thai: trạng thái
    trinh do: trình độ|tro cap: trợ cấp|tru so: trụ sở|truc thuoc: trực thuộc|truong: trường|tu: từ|tu ngay: từ ngày
    tuoi: tuổi|tuyen: tuyến|ty le: tỷ lệ|vai tro: vai trò|van ban: văn bản|van bang: văn bằng|van tay: vân tay
    vay: vay|vi do: vĩ độ|vi pham: vi phạm|vi tri: vị trí|viec lam: việc làm|vien chuc: viên chức|vo: vợ
    vo chong: vợ chồng|von: vốn|von dau tu: vốn đầu tư|von dieu le: vốn điều lệ|vung: vùng|vung trong: vùng trồng
    xa: xã|xa phuong: xã phường|xac minh: xác minh|xac thuc: xác thực|xay dung: xây dựng|xe: xe|xem: xem
    xep hang: xếp hạng|xep loai: xếp loại|xoa: xóa|y kien: ý kiến|y te: y tế
"""


def _read_phrases(text: str) -> dict[tuple[str, ...], str]:
    pairs = (part.partition(":") for line in text.splitlines() for part in line.split("|") if part.strip())
    return {tuple(plain.split()): marked.strip() for plain, _, marked in pairs}


PHRASES: Mapping[tuple[str, ...], str] = MappingProxyType(_read_phrases(_PHRASES))
"""Words without marks, and how the phrase is written."""
_LONGEST_PHRASE = max(len(words) for words in PHRASES)
_SYLLABLES = frozenset(word for words in PHRASES for word in words) | {
    "photo",
    "va",
    "nguoi",
    "quoc",
    "dan",
    "mat",
    "khau",
}


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, in lower case and without marks.

    What is written without any break (`HOTENCHA`) is taken apart when it consists of known syllables entirely.
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    plain = plain.replace("đ", "d").replace("Đ", "D")
    parts = [part.lower() for piece in _BREAKS.split(plain) for part in _HUMPS.split(piece) if part]
    return tuple(word for part in parts for word in _syllables(part))


def title_of(name: str) -> str:
    """Return a Vietnamese title for a name: as it is when it has marks or blanks, else from its words."""
    bare = name.strip()
    if " " in bare or fold(bare) != bare.upper():
        return " ".join(bare.replace("_", " ").split())[:300]
    title = " ".join(_marked(words_of(bare))) or bare
    return (title[:1].upper() + title[1:])[:300]


def _marked(words: tuple[str, ...]) -> list[str]:
    said: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = PHRASES.get(words[at : at + length])
            if phrase is not None or length == 1:
                said.append(phrase or _unknown(words[at]))
                at += length
                break
    return said


def _unknown(word: str) -> str:
    return word if _VOWEL.search(word) else word.upper()  # GCN, STT: an abbreviation


def _syllables(part: str) -> tuple[str, ...]:
    """Return the fewest known syllables of which `part` consists, or itself when it does not."""
    if part in _SYLLABLES or len(part) < _SHORTEST_RUN or len(part) > 60:
        return (part,)
    best: list[tuple[str, ...] | None] = [()] + [None] * len(part)
    for end in range(1, len(part) + 1):
        for start in range(max(0, end - 7), end):
            before = best[start]
            if before is None or part[start:end] not in _SYLLABLES or len(before) >= _MOST_WORDS:
                continue
            held = best[end]
            if held is None or len(before) + 1 < len(held):
                best[end] = (*before, part[start:end])
    return best[-1] or (part,)
