"""A department changes what it issued: reasons and provision, a second person, told at verification at once."""

import asyncio
import datetime as dt
import shutil
from uuid import UUID, uuid4

import pytest

from tongban.basics.database import Database
from tongban.basics.vault import Vault
from tongban.cli.licence import verify
from tongban.connectors.documents import DocumentMaker, make_document
from tongban.ledger.keys import Signer, log_signer
from tongban.licences import actions
from tongban.licences.errors import LicenceUnknown, ReasonMissing, StateUnfit
from tongban.licences.life import actions as life
from tongban.licences.life.errors import (
    AnswerMissing,
    BasisMissing,
    ChangeOver,
    ChangeWaits,
    NothingCorrected,
    SecondPersonNeeded,
)
from tongban.licences.life.models import ChangeKind, Wish
from tongban.licences.listing.actions import newest, publish
from tongban.licences.listing.errors import ListElsewhere, ListOld, ListUnfit
from tongban.licences.listing.rules import LASTS, ask, open_list
from tongban.licences.models import Licence
from tongban.licences.verification_code import make_code
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Post, Role

from .cast import BIRTH, HEALTH, REGION, issued

NOW = dt.datetime(2026, 11, 23, 1, 30, tzinfo=dt.UTC)
TYPES = {BIRTH.id: BIRTH}
BASIS = "行政许可法 第六十九条"


def _actor(name: str, role: Role, department: str = "health") -> Actor:
    return Actor(uuid4(), name, uuid4(), name, b"k" * 32, b"", (Post(REGION, department, role),))


WEI, MIN, LEI = _actor("李伟", "handler"), _actor("周敏", "head"), _actor("孙磊", "head")
JING = _actor("陈静", "head", "police")


async def _held(database: Database, vault: Vault) -> Licence:
    made = await issued(database, vault)
    async with database.connection() as connection:
        return await actions.read(connection, vault, REGION, made.id)


async def _ask(
    database: Database, vault: Vault, licence: Licence, kind: ChangeKind, by: Actor = WEI, **facts: str
) -> UUID:
    async with database.connection() as connection:
        now = await actions.read(connection, vault, REGION, licence.id)
        wish = Wish(kind, "登记有误", BASIS, facts)
        return (await life.ask(connection, vault, TYPES, by, now, wish, NOW)).id


async def _answer(
    database: Database, vault: Vault, change: UUID, by: Actor, agreed: bool = True, said: str = ""
) -> None:
    async with database.connection() as connection:
        await life.answer(connection, vault, TYPES, by, REGION, change, agreed, said, NOW)


async def _state(database: Database, vault: Vault, code: str) -> str:
    async with database.connection() as connection:
        return (await actions.verify(connection, vault, code)).state


async def test_a_suspension_holds_at_once_and_is_lifted_by_a_second_person(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    await _ask(database, vault, licence, "suspend")
    assert await _state(database, vault, licence.code) == "suspended"
    change = await _ask(database, vault, licence, "resume", MIN)
    assert await _state(database, vault, licence.code) == "suspended"
    with pytest.raises(SecondPersonNeeded):
        await _answer(database, vault, change, MIN)
    await _answer(database, vault, change, LEI)
    assert await _state(database, vault, licence.code) == "valid"


async def test_a_revocation_waits_for_a_head_who_did_not_ask_for_it(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    change = await _ask(database, vault, licence, "revoke")
    for nobody in (WEI, JING):
        with pytest.raises(NotAllowed):
            await _answer(database, vault, change, nobody)
    with pytest.raises(ChangeWaits):
        await _ask(database, vault, licence, "cancel")
    await _answer(database, vault, change, MIN)
    assert await _state(database, vault, licence.code) == "revoked"
    with pytest.raises(ChangeOver):
        await _answer(database, vault, change, LEI)
    with pytest.raises(StateUnfit):
        await _ask(database, vault, licence, "resume")


async def test_two_heads_at_once_confirm_it_once(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    change = await _ask(database, vault, licence, "withdraw")
    answers = [_answer(database, vault, change, by) for by in (MIN, LEI)]
    told = await asyncio.gather(*answers, return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["ChangeOver", "NoneType"]


async def test_a_correction_brings_the_next_version_and_the_old_document_says_so(
    database: Database, vault: Vault
) -> None:
    licence = await _held(database, vault)
    change = await _ask(database, vault, licence, "correct", weight="3350", hospital="演示市第一医院")
    await _answer(database, vault, change, MIN)
    assert await _state(database, vault, licence.code) == "cancelled"
    async with database.connection() as connection:
        (done,) = await life.changes(connection, vault, REGION, licence.id)
        assert done.successor is not None and done.facts == {"weight": "3350"}
        new = await actions.read(connection, vault, REGION, done.successor)
        old = await actions.read(connection, vault, REGION, licence.id)
        cursor = await connection.execute("SELECT corrected FROM licence_changes WHERE id = %s", [change])
        (sealed,) = await cursor.fetchone() or (b"",)
    assert (new.state, new.version, new.value("weight"), new.value("child")) == ("valid", 2, "3350", "王小芳")
    assert old.state_reason == f"登记有误（{BASIS}）" and b"3350" not in sealed


async def test_a_reissue_changes_nothing_but_number_version_and_code(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    change = await _ask(database, vault, licence, "reissue")
    await _answer(database, vault, change, MIN)
    async with database.connection() as connection:
        (done,) = await life.changes(connection, vault, REGION, licence.id)
        assert done.successor is not None
        new = await actions.read(connection, vault, REGION, done.successor)
    assert new.fields == licence.fields and new.version == 2 and new.code != licence.code


async def test_a_declined_change_says_why_and_changes_nothing(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    change = await _ask(database, vault, licence, "revoke")
    with pytest.raises(AnswerMissing):
        await _answer(database, vault, change, MIN, agreed=False)
    await _answer(database, vault, change, MIN, agreed=False, said="证据不足")
    async with database.connection() as connection:
        (seen,) = await life.changes(connection, vault, REGION, licence.id)
    assert (seen.outcome, seen.answer) == ("declined", "证据不足")
    assert await _state(database, vault, licence.code) == "valid"


async def test_without_reasons_provision_or_an_error_nothing_is_asked(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    for wish, refusal in (
        (Wish("revoke", " ", BASIS), ReasonMissing),
        (Wish("revoke", "登记有误", ""), BasisMissing),
        (Wish("correct", "登记有误", BASIS, {"weight": "3250"}), NothingCorrected),
        (Wish("resume", "登记有误", BASIS), StateUnfit),
    ):
        async with database.connection() as connection:
            with pytest.raises(refusal):
                await life.ask(connection, vault, TYPES, WEI, licence, wish, NOW)


async def test_another_department_neither_finds_nor_changes_it(database: Database, vault: Vault) -> None:
    licence = await _held(database, vault)
    async with database.connection() as connection:
        assert (await life.find(connection, vault, WEI, REGION, licence.number)).id == licence.id
        assert (await life.find(connection, vault, WEI, REGION, licence.code)).id == licence.id
        with pytest.raises(LicenceUnknown):
            await life.find(connection, vault, JING, REGION, licence.number)
        with pytest.raises(NotAllowed):
            await life.ask(connection, vault, TYPES, JING, licence, Wish("suspend", "x", BASIS), NOW)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return log_signer(tmp_path_factory.mktemp("log") / "log.pem", "list.test/log")


async def test_the_list_names_what_is_out_of_force_to_whoever_holds_the_code(
    database: Database, vault: Vault, signer: Signer
) -> None:
    licence, other = await _held(database, vault), await _held(database, vault)
    async with database.connection() as connection:
        await publish(connection, signer, REGION, NOW)
        first, before = await newest(connection, REGION)
        await actions.revoke(connection, vault, REGION, licence.id, "冒领", NOW, by="court")
        assert await publish(connection, signer, REGION, NOW) == first + 1
        assert await publish(connection, signer, REGION, NOW) is None
        _, after = await newest(connection, REGION)
        cursor = await connection.execute(
            "SELECT count(*) FROM ledger_entries WHERE kind = 'licence.list_published' AND region = %s", [REGION]
        )
        assert await cursor.fetchone() == (first + 1,)
    keys = [signer.verifier]
    assert ask(open_list(before, keys), licence.code, NOW) == "valid"
    listed = open_list(after, keys)
    assert (ask(listed, licence.code, NOW), ask(listed, other.code, NOW)) == ("revoked", "valid")
    assert licence.code not in after and licence.number not in after


async def test_an_old_a_forged_and_a_neighbours_list_prove_nothing(
    database: Database, vault: Vault, signer: Signer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    licence = await _held(database, vault)
    async with database.connection() as connection:
        await actions.revoke(connection, vault, REGION, licence.id, "冒领", NOW, by="court")
        await publish(connection, signer, REGION, NOW)
        _, note = await newest(connection, REGION)
    listed, late = open_list(note, [signer.verifier]), NOW + LASTS + dt.timedelta(days=2)
    assert ask(listed, licence.code, late) == "revoked"
    with pytest.raises(ListOld):
        ask(listed, make_code(REGION), late)
    with pytest.raises(ListElsewhere):
        ask(listed, make_code("330104"), NOW)
    stranger = log_signer(tmp_path_factory.mktemp("other") / "log.pem", "list.test/log")
    for forged, keys in ((note.replace("version", "Version", 1), [signer.verifier]), (note, [stranger.verifier])):
        with pytest.raises(ListUnfit):
            open_list(forged, keys)


async def test_offline_the_file_and_the_list_are_enough(
    database: Database, vault: Vault, maker: DocumentMaker, signer: Signer, tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    licence, folder = await _held(database, vault), tmp_path_factory.mktemp("offline")
    await make_document(database, maker, REGION, licence.id)
    async with database.connection() as connection:
        made = await actions.document(connection, vault, REGION, licence.id)
        assert made is not None
        await publish(connection, signer, REGION, dt.datetime.now(dt.UTC))
        (folder / "before").write_text((await newest(connection, REGION))[1])
        await actions.revoke(connection, vault, REGION, licence.id, "冒领", NOW, by="court")
        await publish(connection, signer, REGION, dt.datetime.now(dt.UTC))
        (folder / "after").write_text((await newest(connection, REGION))[1])
    (folder / "licence.pdf").write_bytes(made.pdf)
    (folder / "keys").write_text(f"{signer.verifier}\n")
    for name in ("roots", "lists"):
        shutil.copytree(maker.keys.folder / name, folder / name)  # type: ignore[attr-defined]

    def run(name: str) -> None:
        verify(folder / "licence.pdf", trust=folder, list_file=folder / name, keys=folder / "keys")

    await asyncio.to_thread(run, "before")
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(run, "after")
    said = capsys.readouterr().out
    assert ended.value.code == 1 and HEALTH.uscc in said and said.count("state\tvalid") == 1 and "吊销" in said
