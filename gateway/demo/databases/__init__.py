"""Which databases does the demo province have? The nineteen in the order of the law's list, and the test service."""

from gateway.demo.databases import (
    ansinh,
    cbccvc,
    congthuong,
    datdai,
    dmdc,
    doanhnghiep,
    dulich,
    giaoduc,
    giaothong,
    ktxh,
    nongnghiep,
    pakn,
    taisan,
    thunghiem,
    tnmt,
    tthc,
    tuphap,
    vanhoa,
    xaydung,
    yte,
)
from gateway.demo.databases.form import Database

DATABASES: tuple[Database, ...] = (
    dmdc.DATABASE,
    cbccvc.DATABASE,
    tthc.DATABASE,
    pakn.DATABASE,
    datdai.DATABASE,
    tnmt.DATABASE,
    nongnghiep.DATABASE,
    giaothong.DATABASE,
    xaydung.DATABASE,
    dulich.DATABASE,
    vanhoa.DATABASE,
    giaoduc.DATABASE,
    yte.DATABASE,
    ansinh.DATABASE,
    doanhnghiep.DATABASE,
    taisan.DATABASE,
    congthuong.DATABASE,
    tuphap.DATABASE,
    ktxh.DATABASE,
)
SANDBOX: Database = thunghiem.DATABASE
