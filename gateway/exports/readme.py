"""What does somebody read who opens a bundle and knows nothing of us?

Both languages, plain text: a court, an agency or a citizen's lawyer needs nothing but Python to check what it says.
"""

from typing import Final

README_VI: Final = """\
Bản trích nhật ký trao đổi dữ liệu (Liên Thông)
===============================================

Trong gói này
-------------
{records}    các bản ghi, đúng nguyên văn từng byte (cột "body")
checkpoints/      điểm kiểm đã ký của từng sổ, kèm chữ ký của các bên làm chứng
keys.json         khóa công khai: của sổ, của bên làm chứng, của nền tảng
manifest.json     bản kê: ai xuất, khi nào, lọc theo gì, bao nhiêu bản ghi, từ lá nào đến lá nào, SHA-256 của từng tệp
manifest.jws      chữ ký của nền tảng lên bản kê
verify_bundle.py  chương trình kiểm tra, một tệp duy nhất

Tự kiểm tra, không cần mạng
---------------------------
1. Cài Python 3.9 trở lên và gói "cryptography" (pip install cryptography).
2. Chạy, tại thư mục có tệp ZIP:

   python3 verify_bundle.py GÓI.zip --log-key KHÓA_CỦA_SỔ --platform-keys jwks.json

   Khóa của sổ và khóa của nền tảng phải lấy bằng đường khác, không lấy từ gói này: hỏi đơn vị giám sát, bên làm
   chứng, hoặc tải {issuer}/log/v1/keys và {issuer}/.well-known/jwks.json từ trước. Thiếu chúng, chương
   trình vẫn kiểm tra được nhưng nói rõ: chỉ mới chứng minh gói không bị sửa sau khi làm ra, chưa chứng minh ai làm ra.

3. Kết quả: 0 nguyên vẹn, 1 đã bị sửa (nêu chỗ sai đầu tiên), 2 chưa đủ, 3 gọi sai.

Chứng minh được gì
------------------
Mỗi bản ghi "đã chứng minh" nằm trong sổ đã ký, đúng vị trí (lá) đã nêu, và chưa bị đổi một byte nào kể từ khi ký.
Bản kê nói đã lọc theo điều kiện nào; gói không chứng minh rằng ngoài các bản ghi này không còn bản ghi nào khác khớp.
Danh tính người dân trong bản ghi được thay bằng mã và niêm phong; gói này không mở được.
"""

README_EN: Final = """\
Extract of the record of data exchanges (Liên Thông)
====================================================

In this bundle
--------------
{records}    the records, byte for byte as they were stored (member "body")
checkpoints/      the signed checkpoint of each log, with the signatures of its witnesses
keys.json         public keys: of the logs, the witnesses and the platform
manifest.json     who made this, when, by which filter, how many records, from which leaf to which, SHA-256 of each file
manifest.jws      the platform's signature of the manifest
verify_bundle.py  the verifier, one file

Check it yourself, without a network
------------------------------------
1. Get Python 3.9 or newer and the package "cryptography" (pip install cryptography).
2. Run, where the ZIP lies:

   python3 verify_bundle.py BUNDLE.zip --log-key KEY_OF_THE_LOG --platform-keys jwks.json

   Get the key of the log and the platform's keys by another way than this bundle: ask the supervising authority or a
   witness, or keep {issuer}/log/v1/keys and {issuer}/.well-known/jwks.json from before. Without them the
   verifier still works, and says that it could show only that nothing was changed since this was made, not by whom.

3. It ends with 0: whole, 1: tampered (it names the first bad place), 2: incomplete, 3: wrong usage.

What it shows
-------------
Each record counted as "proven" stands in the signed log, at the leaf that is named, and not a byte of it was changed
since it was signed. The manifest says by which filter the records were found; a bundle cannot show that no other record
fits. People's identifiers in a record are replaced by a code and sealed: nothing in this bundle opens them.
"""
