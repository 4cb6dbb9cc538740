"""The cast of the licences' tests: 王芳 holds, the health department issues, another may not."""

import datetime as dt
import os
from pathlib import Path
from uuid import UUID

from tongban.basics.codes.invented import invented_resident_id, invented_uscc
from tongban.basics.database import Database
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.licences import actions
from tongban.licences.definitions import LicenceField, LicenceType
from tongban.licences.models import Holder, PreparedLicence
from tongban.parties.definitions import Department

REGION = "330103"
ASSETS = Path(__file__).parents[2] / "src/tongban/web/assets/fonts"
FONTS = Path(os.environ.get("TONGBAN_TEST_FONTS", ASSETS))
WANG_FANG = invented_resident_id(REGION, dt.date(1990, 3, 7), 24)
HEALTH = Department("health", "演示市下城区卫生健康局", "区卫健局", invented_uscc(REGION, 1, "department"), ["health"])
POLICE = Department("police", "演示市公安局下城区分局", "下城公安", invented_uscc(REGION, 2, "department"), ["police"])
BIRTH = LicenceType(
    id="birth-certificate",
    name="出生医学证明",
    code=invented_uscc(REGION, 9, "department") + "001",
    issuer="health",
    layout="birth.typ",
    fields=[
        LicenceField("child", "新生儿姓名"),
        LicenceField("born", "出生日期", "date"),
        LicenceField("weight", "出生体重（克）", "integer"),
        LicenceField("hospital", "出生机构", public=True),
        LicenceField("mother_id", "母亲身份证件号码", sensitive=True),
    ],
)
FACTS = {
    "child": "王小芳",
    "born": "2026-11-20",
    "weight": 3250,
    "hospital": "演示市第一医院",
    "mother_id": WANG_FANG,
}


def prepared(vault: Vault, kind: LicenceType = BIRTH, source: UUID | None = None) -> PreparedLicence:
    """A licence of 王芳 (kept for her child), ready to be written."""
    now = dt.datetime.now(dt.UTC)
    holder = Holder("王小芳", WANG_FANG)
    return actions.prepare_issue(REGION, kind, holder, HEALTH, FACTS, now, vault, source or new_id())


async def issued(database: Database, vault: Vault, kind: LicenceType = BIRTH) -> PreparedLicence:
    """The same, written."""
    licence = prepared(vault, kind)
    async with database.transaction() as connection:
        await actions.insert(connection, licence)
    return licence
