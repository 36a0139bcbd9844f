"""How are people, streets and companies of the synthetic province called? Common words, combined by chance."""

from random import Random

FAMILIES = (
    ["Nguyễn"] * 34 + ["Trần"] * 12 + ["Lê"] * 10 + ["Phạm"] * 7 + ["Huỳnh"] * 6 + ["Võ"] * 5 + ["Phan"] * 5
    + ["Đặng"] * 3 + ["Bùi"] * 3 + ["Đỗ"] * 2 + ["Hồ"] * 2 + ["Ngô"] * 2 + ["Dương"] * 2 + ["Lý"]
    + ["Trương", "Đinh", "Mai", "Lương", "Cao", "Châu", "Tô", "Hà", "Thái", "Đoàn", "Lâm", "Trịnh"]
)  # fmt: skip
FAMILIES_RAGLAI = ("Cao", "Mấu", "Bo Bo", "Pi Năng", "Chamaléa", "Katơr", "Pupur", "Tro", "Hà")
FAMILIES_CHAM = ("Đàng", "Thành", "Quảng", "Kiều", "Lưu", "Bá", "Từ", "Đạo", "Trượng", "Phú", "Thiên", "Não")

MIDDLES_MALE = (
    "Văn",
    "Hữu",
    "Đức",
    "Minh",
    "Quốc",
    "Công",
    "Thanh",
    "Xuân",
    "Ngọc",
    "Anh",
    "Gia",
    "Hoàng",
    "Tấn",
    "Đình",
)
MIDDLES_FEMALE = (
    "Thị",
    "Thị",
    "Thị",
    "Ngọc",
    "Thanh",
    "Thu",
    "Kim",
    "Mỹ",
    "Như",
    "Bảo",
    "Phương",
    "Thùy",
    "Hoài",
    "Khánh",
)
GIVENS_MALE = (
    "An", "Anh", "Bảo", "Bình", "Cường", "Dũng", "Duy", "Đạt", "Hải", "Hiếu", "Hòa", "Hùng", "Huy", "Khang", "Khoa",
    "Lâm", "Long", "Lộc", "Minh", "Nam", "Nghĩa", "Nhân", "Phong", "Phúc", "Quang", "Quân", "Sơn", "Tài", "Thắng",
    "Thành", "Thiện", "Thịnh", "Tiến", "Toàn", "Trí", "Trung", "Tuấn", "Việt", "Vinh", "Vũ",
)  # fmt: skip
GIVENS_FEMALE = (
    "An", "Anh", "Châu", "Chi", "Diễm", "Dung", "Duyên", "Giang", "Hà", "Hạnh", "Hằng", "Hiền", "Hoa", "Hồng", "Hương",
    "Lan", "Liên", "Linh", "Loan", "Mai", "My", "Nga", "Ngân", "Ngọc", "Nhi", "Nhung", "Oanh", "Phượng", "Quyên",
    "Quỳnh", "Tâm", "Thảo", "Thủy", "Thư", "Trang", "Trâm", "Trinh", "Tuyết", "Vân", "Yến",
)  # fmt: skip
STREETS = (
    "Trần Phú", "Lê Hồng Phong", "Hùng Vương", "Quang Trung", "Thống Nhất", "Lý Thường Kiệt", "Nguyễn Trãi", "Yersin",
    "Lê Lợi", "Trần Hưng Đạo", "Hai Bà Trưng", "Phan Bội Châu", "Ngô Gia Tự", "Nguyễn Huệ", "Lê Duẩn", "16 Tháng 4",
    "2 Tháng 4", "23 Tháng 10", "Võ Thị Sáu", "Phan Chu Trinh", "Đinh Tiên Hoàng", "Hoàng Văn Thụ", "Bạch Đằng",
)  # fmt: skip
HAMLETS = (
    "Phú Lộc", "Vĩnh Thạnh", "Xuân Phong", "Tân Hưng", "Phước Lợi", "Mỹ Hòa", "Đông Phước", "An Nhơn", "Hạnh Trí",
    "Lạc Hòa", "Tân Lập", "Quảng Hội", "Vạn Thuận", "Cầu Gãy", "Suối Cát", "Ma Nới", "Láng Tranh", "Trà Nô",
)  # fmt: skip
COMPANY_WORDS = (
    "Biển Xanh", "Nam Hải", "Yến Sào Việt", "An Phát", "Trường Thịnh", "Đại Lộc", "Hòn Chồng", "Cát Trắng", "Tân Tiến",
    "Phú Khánh", "Gió Mới", "Sao Biển", "Thuận Phong", "Minh Quang", "Hoàng Gia", "Vạn Phúc", "Ánh Dương", "Kim Long",
    "Hưng Thịnh", "Đông Dương", "Bình Minh", "Thành Công", "Việt Tín", "Hải Đăng", "Ngọc Trai", "Trầm Hương",
)  # fmt: skip


def family(random: Random, ethnic: str) -> str:
    """A family name usual among the people called `ethnic`."""
    if ethnic == "Raglai":
        return random.choice(FAMILIES_RAGLAI)
    if ethnic == "Chăm":
        return random.choice(FAMILIES_CHAM)
    return random.choice(FAMILIES)


def first_names(random: Random, male: bool) -> tuple[str, str]:
    """A middle and a given name."""
    if male:
        return random.choice(MIDDLES_MALE), random.choice(GIVENS_MALE)
    return random.choice(MIDDLES_FEMALE), random.choice(GIVENS_FEMALE)


def street_address(random: Random, kind: str) -> str:
    """A house number and street in a ward (`kind` Phường), a hamlet elsewhere."""
    if kind == "Phường":
        return f"{random.randint(1, 320)} {random.choice(STREETS)}"
    return f"Thôn {random.choice(HAMLETS)}"
