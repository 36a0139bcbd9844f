"""How good are the data of a shared database: right, complete, clean, alive? (03-domain, section 5; NĐ 278 art. 15)"""
