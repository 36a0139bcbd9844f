"""Which generator fills which database?"""

from collections.abc import Callable, Mapping, Sequence

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
    tnmt,
    tthc,
    tuphap,
    vanhoa,
    xaydung,
    yte,
)
from gateway.demo.databases.form import Database
from gateway.demo.draw import Records, Tables
from gateway.demo.province import Province

# SQL and files: rows in the order of the columns.
TABLES: Mapping[str, Callable[[Province], Tables]] = {
    "cbccvc": cbccvc.tables,
    "datdai": datdai.tables,
    "tnmt": tnmt.tables,
    "nongnghiep": nongnghiep.tables,
    "xaydung": xaydung.tables,
    "vanhoa": vanhoa.tables,
    "giaoduc": giaoduc.tables,
    "ansinh": ansinh.tables,
    "doanhnghiep": doanhnghiep.tables,
    "taisan": taisan.tables,
    "congthuong": congthuong.tables,
}
# REST and SOAP: records nested as the provider answers.
RECORDS: Mapping[str, Callable[[Province], Records]] = {
    "dmdc": dmdc.records,
    "tthc": tthc.records,
    "pakn": pakn.records,
    "giaothong": giaothong.records,
    "dulich": dulich.records,
    "yte": yte.records,
    "tuphap": tuphap.records,
    "ktxh": ktxh.records,
}

_EXAMPLES = 5


def table_examples(database: Database, tables: Tables) -> Mapping[str, Sequence[str]]:
    """Some key values of each object of a SQL or file database: what a sample call may ask for."""
    return {
        one.code: [str(row[one.position(one.key)]) for row in tables[one.code][:_EXAMPLES]] for one in database.objects
    }


def record_examples(database: Database, records: Records) -> Mapping[str, Sequence[str]]:
    """The same of a REST or SOAP database."""
    return {one.code: [str(row[one.key]) for row in records[one.code][:_EXAMPLES]] for one in database.objects}
