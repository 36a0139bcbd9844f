"""What does the land and land-price database (Sở NN&MT) hold?"""

from gateway.demo.databases.form import Database, DataObject, Proof, Technology, columns

PARCELS = DataObject(
    code="thua-dat",
    title_vi="Thửa đất và giấy chứng nhận",
    technology=Technology.SQL,
    source="thua_dat",
    subjects=("SoDinhDanhChu",),
    columns=columns("""
        MaThua        | ma_thua          | string  | internal | k | Mã thửa đất (mã xã, số tờ, số thửa)
        SoTo          | so_to            | integer | internal | f | Số tờ bản đồ
        SoThua        | so_thua          | integer | internal | f | Số thửa
        MaDVHC        | ma_dvhc          | string  | open     | f | Mã đơn vị hành chính cấp xã
        TenDVHC       | ten_dvhc         | string  | open     | - | Tên xã, phường, đặc khu
        DiaChiThua    | dia_chi_thua     | string  | personal | - | Địa chỉ thửa đất
        DienTich      | dien_tich        | number  | internal | f | Diện tích (m²)
        LoaiDat       | loai_dat         | string  | internal | f | Mã loại đất
        MucDich       | muc_dich         | string  | internal | - | Mục đích sử dụng
        ThoiHan       | thoi_han         | string  | internal | - | Thời hạn sử dụng
        SoGCN         | so_gcn           | string  | internal | f | Số giấy chứng nhận
        NgayCapGCN    | ngay_cap_gcn     | date    | internal | f | Ngày cấp giấy chứng nhận
        TenChu        | ten_chu          | string  | personal | - | Tên chủ sử dụng
        SoDinhDanhChu | so_dinh_danh_chu | string  | personal | f | Số định danh của chủ sử dụng
        TheChap       | the_chap         | boolean | personal | - | Đang thế chấp
        TranhChap     | tranh_chap       | string  | sensitive| - | Ghi chú tranh chấp
        CapNhatLuc    | cap_nhat_luc     | datetime| internal | f | Thời điểm cập nhật
    """),
)

PRICES = DataObject(
    code="bang-gia",
    title_vi="Bảng giá đất",
    technology=Technology.SQL,
    source="bang_gia",
    columns=columns("""
        MaGia      | ma_gia       | string  | open | k | Mã dòng giá
        MaDVHC     | ma_dvhc      | string  | open | f | Mã đơn vị hành chính cấp xã
        TenDuong   | ten_duong    | string  | open | f | Tên đường, đoạn đường
        ViTri      | vi_tri       | integer | open | f | Vị trí
        LoaiDat    | loai_dat     | string  | open | f | Mã loại đất
        DonGia     | don_gia      | integer | open | - | Đơn giá (đồng/m²)
        ApDungTu   | ap_dung_tu   | date    | open | f | Áp dụng từ ngày
        QuyetDinh  | quyet_dinh   | string  | open | - | Quyết định ban hành
    """),
)

DATABASE = Database(
    code="datdai",
    title_vi="Đất đai và bảng giá đất",
    technology=Technology.SQL,
    source="sql/datdai.sqlite",
    mount="",
    proof=Proof.NONE,
    objects=(PARCELS, PRICES),
)
