"""Which words in a field's name tell what it says of a person?

Luật 91/2025/QH15 and NĐ 356/2025/NĐ-CP tell basic personal data (names, dates, identity numbers, addresses) from
sensitive ones (ethnic origin, religion, health, biometrics, bank accounts, criminal records). The rows are a proposal,
which a person confirms; the first row that fits decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from catalog.descriptions import FieldClass

_P, _S, _I = FieldClass.PERSONAL, FieldClass.SENSITIVE, FieldClass.INTERNAL


@dataclass(frozen=True, slots=True)
class ClassRule:
    """A kind of datum: its class, its names without marks (words in a row), the reason and the format of its values.

    `exact` names count only when they are the whole name; `unless` are words whose presence says that it is not about
    a person. `title` is proposed for a name in English.
    """

    class_: FieldClass
    vi: str
    en: str
    phrases: tuple[tuple[str, ...], ...]
    exact: tuple[tuple[str, ...], ...] = ()
    unless: tuple[tuple[str, ...], ...] = ()
    format: str = ""
    subject: bool = False
    title: str = ""


def _rule(
    class_: FieldClass, vi: str, en: str, phrases: str, *, exact: str = "", unless: str = "", format_: str = "",
    subject: bool = False, title: str = "",
) -> ClassRule:  # fmt: skip
    return ClassRule(
        class_, vi, en, _phrases(phrases), _phrases(exact), _phrases(unless), format_, subject, title
    )  # fmt: skip


def _phrases(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split()) for phrase in text.split(",") if phrase.strip())


_ORGANIZATION = (
    "co quan, don vi, to chuc, doanh nghiep, cong ty, tru so, co so, benh vien, truong hoc, chi nhanh, company,"
    " organization, organisation, agency, department, school, hospital, office, file, table, column, field, host,"
    " unit, product, project"
)

CLASS_RULES: tuple[ClassRule, ...] = (
    # --- not about a person, though a word of the rules below stands in it
    _rule(_I, "mã số doanh nghiệp", "an enterprise's code",
          "msdn, ma so doanh nghiep, ma doanh nghiep, ma so dn, enterprise code, business code, enterprise number,"
          " business registration number", format_="msdn", title="Mã số doanh nghiệp"),
    _rule(_I, "danh mục hành chính", "an administrative unit",
          "ma dvhc, ma don vi hanh chinh, madvhc", format_="ma-dvhc"),
    _rule(_I, "danh mục hành chính", "an administrative unit", "ma xa, ma phuong xa, ma xa phuong, ma phuong",
          format_="ma-xa"),
    _rule(_I, "danh mục hành chính", "an administrative unit", "ma tinh, ma tinh thanh, ma tinh thanh pho",
          unless="ma tinh trang", format_="ma-tinh"),
    _rule(_I, "mã của cơ quan", "an agency's code", "ma co quan, ma don vi, ma dinh danh co quan,"
    " ma dinh danh don vi"),
    _rule(_I, "đơn vị, cơ sở", "an establishment",
          "ten benh vien, ma benh vien, benh vien, hospital name, hospital code, co so kham chua benh"),
    # --- sensitive
    _rule(_S, "nguồn gốc dân tộc", "ethnic origin", "dan toc, ma dan toc, dtoc, ethnic, ethnicity, ethnic group,"
    " race",
          unless="ban dan toc, uy ban dan toc", title="Dân tộc"),
    _rule(_S, "tôn giáo, tín ngưỡng", "religion", "ton giao, tin nguong, religion, religious, religions, faith",
          unless="ban ton giao", title="Tôn giáo"),
    _rule(_S, "quan điểm chính trị", "political opinion",
          "quan diem chinh tri, dang vien, vao dang, la dang vien, party member, political", title="Đảng viên"),
    _rule(_S, "sinh trắc học", "biometric data",
          "van tay, mong mat, sinh trac, sinh trac hoc, khuon mat, adn, dna, biometric, biometrics, fingerprint,"
          " fingerprints, iris, retina, face image, face template, faceid, voiceprint, giong noi"),
    _rule(_S, "hình ảnh giấy tờ tùy thân hoặc chân dung", "an image of a person or of the identity card",
          "anh chan dung, anh can cuoc, anh cccd, anh cmnd, anh the, anh mat truoc, anh mat sau, hinh cccd, hinh the,"
          " portrait, id card image, id photo"),
    _rule(_S, "sức khỏe", "health",
          "suc khoe, benh an, benh ly, chan doan, tien su benh, ten benh, ma benh, loai benh, benh nen,"
          " benh man tinh,"
          " nhom mau, khuyet tat, hiv, icd, icd10, tiem chung, mui tiem, xet nghiem, trieu chung, don thuoc,"
          " dieu tri,"
          " thai san, tam than, health, medical, diagnosis, disease, illness, disability, disabled, blood type,"
          " blood group, vaccination, vaccine, prescription, symptom, treatment, patient history",
          unless="so luong, ty le, ma benh nhan, ten benh nhan"),
    _rule(_S, "bệnh tật", "health", "", exact="benh, thuoc"),
    _rule(_S, "xu hướng tính dục", "sexual orientation",
          "xu huong tinh duc, tinh duc, sexual orientation, sexuality, sex life"),
    _rule(_S, "tiền án, tiền sự, vi phạm, kỷ luật", "criminal or disciplinary record",
          "tien an, tien su, an tich, toi danh, vi pham, ky luat, ly lich tu phap, pham toi, vi pham phap luat,"
          " criminal, conviction,"
          " offence, offense", unless="tien su dung"),
    _rule(_S, "tài khoản, giao dịch ngân hàng", "a bank account",
          "so tai khoan, tai khoan ngan hang, so tk, stk, so the ngan hang, tai khoan nhan, iban, bank account,"
          " account number, account no, card number, credit card, swift account", exact="tai khoan", unless="id card",
          title="Số tài khoản"),
    _rule(_S, "thông tin đăng nhập", "a credential",
          "mat khau, password, passwd, pin code, ma pin, secret, access token, api key"),
    _rule(_S, "vị trí của một người", "where a person is", "dinh vi, vi tri hien tai, gps location, geolocation"),
    # --- personal: identifiers
    _rule(_P, "số định danh, số giấy tờ tùy thân", "an identity number",
          "so dinh danh, dinh danh ca nhan, ma dinh danh ca nhan, so dinh danh ca nhan, cccd, so cccd, socccd,"
          " can cuoc,"
          " so can cuoc, ma so dinh danh, sdd, sodd, sddcn, so ddcn, ddcn, national id, identity number, identity no,"
          " citizen id, personal id, id card, id number, identification number, identity card,"
          " citizen identification,"
          " ma dinh danh cong dan, ma cong dan, ma dinh danh hoc sinh",
          exact="identity", unless=f"ngay cap, noi cap, co quan cap, issue, issued, issuer, loai, ngay,"
          f" {_ORGANIZATION}", format_="so-dinh-danh", subject=True, title="Số định danh cá nhân"),
    _rule(_P, "số chứng minh nhân dân", "a former identity card number",
          "cmnd, so cmnd, cmt, so cmt, cmtnd, so cmtnd, chung minh nhan dan, chung minh thu, so chung minh",
          unless="ngay cap, noi cap, co quan cap, ngay", format_="cmnd", subject=True, title="Số CMND"),
    _rule(_P, "số định danh hoặc CMND", "an identity number or a former card number",
          "so giay to, so giay to tuy than, giay to tuy than, cmnd cccd, cccd cmnd", unless="loai, ngay, noi,"
          " co quan",
          subject=True, title="Số giấy tờ"),
    _rule(_P, "hộ chiếu", "a passport number", "ho chieu, so ho chieu, passport", title="Số hộ chiếu"),
    _rule(_P, "giấy tờ tùy thân", "about an identity document", "can cuoc, cccd, cmnd, giay to tuy than"),
    _rule(_P, "mã số thuế (có thể của cá nhân)", "a tax code, which may be a person's",
          "mst, ma so thue, tax code, tax id, tax number, tin number, so thue", format_="mst", title="Mã số thuế"),
    _rule(_P, "số bảo hiểm xã hội", "a social insurance number",
          "bhxh, so bhxh, ma so bhxh, so bao hiem xa hoi, ma so bao hiem xa hoi, social insurance number,"
          " social insurance no", unless="co quan", format_="bhxh", title="Số BHXH"),
    _rule(_P, "thẻ bảo hiểm y tế", "a health insurance card",
          "bhyt, so bhyt, the bhyt, bao hiem y te, health insurance", title="Số thẻ BHYT"),
    _rule(_P, "giấy phép lái xe", "a driving licence",
          "gplx, so gplx, giay phep lai xe, bang lai, driving licence, driver license, driver licence", unless="hang"),
    _rule(_P, "biển số xe", "a vehicle's plate", "bien so, bien so xe, bien kiem soat, license plate, number plate"),
    _rule(_P, "mã của một người", "a code of a person",
          "ma hoc sinh, ma sinh vien, ma benh nhan, ma can bo, ma nhan vien, ma giao vien, so hieu cong chuc,"
          " so hieu can bo, so hieu cc, ma khach hang, ma nguoi dung, ma ho so suc khoe, patient id, student id,"
          " employee id, customer id, user id, person id"),
    # --- personal: names, birth, family
    _rule(_P, "họ tên", "a person's name",
          "ho ten, ho va ten, hovaten, ho dem, ho chu dem, ten dem, chu dem, ten goi khac, bi danh, full name,"
          " fullname, first name,"
          " firstname, last name, lastname, middle name, given name, family name, surname, forename, nickname,"
          " ten nguoi, ten cong dan, ten can bo, ten hoc sinh, ten sinh vien, ten giao vien, ten benh nhan, ten chu,"
          " ten khach hang, ten nhan vien, ten chu ho, ten chu so huu, ten cha, ten me, ten vo, ten chong, ten con,"
          " person name, owner name, patient name, student name, employee name, customer name, contact name,"
          " father name, mother name, legal names, hoten", unless="ten chu de, ten chu truong, ten chuong",
          title="Họ và tên"),
    _rule(_P, "ngày sinh", "a date of birth",
          "ngay sinh, nam sinh, thang sinh, ng sinh, ngsinh, ntns, ntn sinh, sinh ngay, ngay thang nam sinh, dob,"
          " date of birth, birth date, birthdate,"
          " birthday, birth year, year of birth, birth, born, noi sinh, que quan, place of birth, birthplace",
          title="Ngày sinh"),
    _rule(_P, "khai sinh, hộ tịch", "a civil status",
          "khai sinh, khai tu, ngay mat, ngay chet, ket hon, ly hon, hon nhan, tinh trang hon nhan, ho tich, marital,"
          " marital status, date of death"),
    _rule(_P, "giới tính", "sex", "gioi tinh, gtinh, gender, gioi", exact="sex", title="Giới tính"),
    _rule(_P, "quốc tịch", "nationality", "quoc tich, nationality, citizenship", title="Quốc tịch"),
    _rule(_P, "tuổi", "age", "do tuoi, so tuoi", exact="tuoi, age"),
    _rule(_P, "quan hệ gia đình", "family",
          "quan he, chu ho, vo chong, nguoi than, nhan than, nguoi giam ho, giam ho, cha me, nguoi phu thuoc,"
          " father, mother, spouse, husband, wife, guardian, relative, dependant, next of kin",
          exact="cha, me, vo, chong, con, bo", unless="co quan he, quan he so huu"),
    _rule(_P, "tên một người theo vai trò", "a person in a role",
          "chu so huu, chu su dung, chu dat, nguoi dai dien, dai dien phap luat, nguoi nop, nguoi ky, nguoi lap,"
          " nguoi nhan, nguoi lien he, nguoi phu trach, nguoi dung dau, nguoi duyet, nguoi tao, nguoi xu ly,"
          " can bo xu ly, can bo thu ly, nguoi duoc cap, nguoi huong, nguoi khai, nguoi yeu cau, thu truong,"
          " nguoi phan anh, nguoi gui, nguoi thuc hien, nguoi quan ly, chu ho so, giam doc, hieu truong,"
          " ke toan truong, representative, applicant, owner, contact person, signer, created by,"
          " updated by, author", unless="loai, so luong, owner agency, owner unit"),
    # --- personal: where and how he is reached
    _rule(_P, "điện thoại", "a telephone number",
          "dien thoai, so dien thoai, sdt, so dt, dtdd, di dong, so di dong, dien thoai di dong, dt lien he,"
          " sodt, phone,"
          " telephone, mobile, cell phone, phone number, tel, hotline", title="Số điện thoại"),
    _rule(_P, "thư điện tử", "an e-mail address",
          "email, e mail, thu dien tu, hop thu, mail, email address", unless="mail server", title="Thư điện tử"),
    _rule(_P, "địa chỉ, nơi ở", "an address",
          "dia chi, dchi, thuong tru, tam tru, noi o, cho o, noi o hien tai, ho khau, so ho khau, so nha,"
          " noi cu tru, cu tru, tam vang,"
          " home address, address, residence, street, house number, permanent address, current address, zip,"
          " postal code",
          unless=f"ip, web, website, mac, url, {_ORGANIZATION}", title="Địa chỉ"),
    _rule(_P, "tài khoản mạng", "an account or address on a network",
          "ten dang nhap, username, user name, login, facebook, zalo, ip address, dia chi ip"),
    _rule(_P, "hình ảnh, chữ ký", "an image or a signature",
          "hinh anh ca nhan, anh ca nhan, avatar, photo, chu ky, signature, anh dai dien"),
    # --- personal: work, income, means
    _rule(_P, "việc làm, học vấn của một người", "a person's work or education",
          "nghe nghiep, trinh do hoc van, trinh do chuyen mon, noi lam viec, qua trinh cong tac, occupation,"
          " job title,"
          " education level, chuc vu, chuc danh, ngach cong chuc, xep loai can bo, diem thi, hoc luc, hanh kiem,"
          " position title"),
    _rule(_P, "thu nhập, tài sản của một người", "income or means of a person",
          "he so luong", title="Hệ số lương"),
    _rule(_P, "thu nhập, tài sản của một người", "income or means of a person",
          "thu nhap, muc luong, tien luong, luong, phu cap, tro cap, salary, income, wage, ho ngheo,"
          " can ngheo, hoan canh, gia canh", unless="khoi luong, so luong, chat luong, san luong, nang luong,"
          " dinh luong,"
          " do luong, luu luong, trong luong, dung luong, luong mua"),
    _rule(_P, "di chúc, thừa kế, người có công", "a person's status", "nguoi co cong, thuong binh, liet si, thua ke"),
)  # fmt: skip

PERSON_WORDS = _phrases(
    "cong dan, nguoi, chu so huu, chu ho, chu su dung, benh nhan, hoc sinh, sinh vien, can bo, nhan vien,"
    " giao vien, cha, me, vo,"
    " chong, con, vo chong, dai dien, khach hang, thanh vien, owner, person, people, patient, student, employee,"
    " customer, father,"
    " mother, spouse, child, contact, applicant, representative, citizen, user, guardian, member, doi tuong"
)
"""Names of containers whose `Ten`, `Ma` or `So` is a person's."""

OF_A_PERSON: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("ten",): "họ tên",
        ("name",): "họ tên",
        ("ho",): "họ",
        ("ma",): "mã",
        ("so",): "số",
        ("id",): "mã",
        ("anh",): "ảnh",
    }
)
"""Names that say nothing alone, and something of a person below one of `PERSON_WORDS`."""

FAMILY_NAMES = frozenset(
    word
    for (word,) in _phrases(
        "nguyen, tran, le, pham, hoang, huynh, phan, vu, vo, dang, bui, do, ho, ngo, duong, ly, dinh, truong, "
        "cao, mai, trinh, luong, ha, lam, dao, thai, chu, chau, luu, ta, quach, to, phung, doan, tong, vuong, "
        "dam, mac, chamalea, katoq, pinang, kator, mang"
    )
)
"""Family names without marks,"
" of the Kinh and of the peoples of the south central coast: most names begin with one."""
