"""After the submission: progress, questions, changes, supplements, withdrawal, licences, my data."""

import io
import re
from uuid import UUID

import pytest
from PIL import Image

from tongban.cases.actions.decisions import Decision, decide
from tongban.cli.seeding import PASSWORD
from tongban.ledger.sealer import seal_all
from tongban.parties.actions import who_is
from tongban.parties.log_in.signing_in import sign_in
from tongban.web.site import Site

from .browser import REGION, Browser
from .steps import submit

PHOTO = io.BytesIO()
Image.new("RGB", (64, 48), "white").save(PHOTO, "JPEG")
HANDLERS = {"health": "zhoumin", "police": "liwei"}


async def decided(site: Site, case: str, task: str, kind: str, department: str = "health", **more: object) -> None:
    """A handler decides one task, as the desk would."""
    kernel, case_id = site.kernel, UUID(case.rpartition("/")[2])
    async with kernel.database.connection() as connection:
        secret = await sign_in(connection, login=HANDLERS[department], password=PASSWORD, source="test", kind="browser")
        signed = await who_is(connection, secret, "browser")
        row = await (
            await connection.execute("SELECT revision FROM tasks WHERE case_id = %s AND task = %s", (case_id, task))
        ).fetchone()
    assert row is not None
    decision = Decision(kind=kind, revision=row.revision, **more)  # type: ignore[arg-type]
    await decide(kernel, signed.actor, REGION, case_id, task, decision)


async def test_a_question_is_asked_and_an_empty_one_told(fang: Browser) -> None:
    case = await submit(fang)
    await fang.get(case)
    page = await fang.post(f"{case}/ask", text="什么时候能好？<b>急</b>")
    assert "什么时候能好？&lt;b&gt;急" in page.text and "还没有回答" in page.text
    page = await fang.post(f"{case}/ask", text="   ")
    assert page.status_code == 422 and 'aria-describedby="text-error"' in page.text


async def test_a_case_is_changed_before_acceptance_and_faults_come_back_with_what_was_typed(fang: Browser) -> None:
    case = await submit(fang)
    await fang.get(f"{case}/edit")
    page = await fang.post(f"{case}/edit", **{**fang.filled(), "child_name": "张小雪", "mobile": "1"})
    assert page.status_code == 422
    assert 'value="张小雪"' in page.text and "mobile-error" in page.text
    page = await fang.post(f"{case}/edit", **{**fang.filled(), "mobile": "19900002001"})
    assert page.url.path == case and "已提交修改" in page.text and "张小雪" in page.text


async def test_a_stale_change_is_refused_and_keeps_what_was_typed(fang: Browser) -> None:
    case = await submit(fang)
    await fang.get(f"{case}/edit")
    page = await fang.post(f"{case}/edit", **{**fang.filled(), "child_name": "张小冰", "revision": "99"})
    assert page.status_code == 409 and 'value="张小冰"' in page.text


async def test_a_withdrawn_case_says_so_and_can_not_be_changed(fang: Browser) -> None:
    case = await submit(fang)
    assert "不能恢复" in (await fang.get(f"{case}/withdraw")).text
    page = await fang.post(f"{case}/withdraw", reasons="填错了")
    assert "已撤回" in page.text
    assert (await fang.get(f"{case}/edit")).url.path == case
    await fang.get("/matters")
    assert (await fang.post(f"{case}/withdraw")).status_code == 409


async def test_what_a_supplement_notice_names_is_uploaded_and_sent_again(fang: Browser, site: Site) -> None:
    case = await submit(fang)
    await decided(site, case, "intake", "supplement", reasons="照片看不清楚", materials=["household_book"])
    page = await fang.get(case)
    assert "去补正" in page.text and "照片看不清楚" in page.text and "申请人户口簿" in page.text
    await fang.get(f"{case}/edit")
    page = await fang.post(f"{case}/edit", **fang.filled())
    assert page.status_code == 422 and "请补交申请人户口簿" in page.text
    page = await fang.post(f"{case}/files/household_book", files={"file": ("a.jpg", b"", "image/jpeg")})
    assert page.status_code == 422 and "file-household_book-error" in page.text
    page = await fang.post(f"{case}/files/household_book", files={"file": ("a.jpg", PHOTO.getvalue(), "image/jpeg")})
    assert page.url.path == f"{case}/edit" and "a.jpg" in page.text
    page = await fang.post(f"{case}/edit", **fang.filled())
    assert page.url.path == case and "已提交，等待受理" in page.text


async def test_a_refusal_shows_reasons_and_ways_of_appeal(fang: Browser, site: Site) -> None:
    case = await submit(fang)
    await decided(site, case, "intake", "refuse", reasons="孩子不在本区出生，请到出生地申请")
    page = await fang.get(case)
    for told in ("不予受理", "孩子不在本区出生", "行政复议"):
        assert told in page.text


async def test_progress_and_licences_appear_by_themselves(fang: Browser, site: Site) -> None:
    case = await submit(fang)
    page = await fang.get(case)
    seen = re.search(r"/live\?seen=(\w+)", page.text)
    assert seen is not None
    assert (await fang.get(f"{case}/live?seen={seen[1]}")).status_code == 204
    await decided(site, case, "intake", "accept")
    await decided(site, case, "birth_certificate", "approve")
    page = await fang.get(f"{case}/live?seen={seen[1]}")
    assert "<html" not in page.text and "办理中" in page.text and "办出的证照" in page.text
    licence = re.search(r"/licences/330103/[0-9a-f-]{36}", page.text)
    assert licence is not None
    page = await fang.get(licence[0])
    assert "签章文件正在制作" in page.text and 'aria-label="核验二维码"' in page.text
    assert (await fang.get(f"{licence[0]}/document")).status_code == 202


async def test_what_was_not_asked_leads_to_the_record_of_the_use(fang: Browser) -> None:
    case = await submit(fang)
    page = await fang.get(case)
    records = set(re.findall(rf"{case}/uses/[0-9a-f-]{{36}}", page.text))
    assert len(records) == 4
    for record in records:
        page = await fang.get(record)
        assert page.status_code == 200 and "由谁提供" in page.text
    assert (await fang.get(f"{case}/uses/00000000-0000-7000-8000-000000000000")).status_code == 404


async def test_my_data_names_departments_and_matters_and_never_an_officer(fang: Browser) -> None:
    case = await submit(fang)
    page = await fang.get("/my-data")
    assert case in page.text and "法定职责" in page.text and "婚姻登记信息" in page.text
    for officer in ("李伟", "周敏"):
        assert officer not in page.text


async def test_my_data_is_narrowed_by_department_and_day(fang: Browser) -> None:
    await submit(fang)
    every = await fang.get("/my-data")
    department = re.search(r'<option value="(\d{6}/[a-z-]+)"', every.text)
    assert department is not None and 'id="use-' in every.text
    assert 'id="use-' in (await fang.get(f"/my-data?department={department[1]}")).text
    assert "这个范围内没有查询记录" in (await fang.get("/my-data?department=330103/nobody")).text
    assert "这个范围内没有查询记录" in (await fang.get("/my-data?until=2020-01-01")).text
    assert 'id="use-' in (await fang.get("/my-data?since=nonsense")).text


async def test_the_receipt_becomes_a_proof_once_sealed(fang: Browser, site: Site) -> None:
    case = await submit(fang)
    assert "正在封存" in fang.page.text
    async with site.kernel.database.connection() as connection:
        await seal_all(connection, site.kernel.signer)
    page = await fang.get(f"{case}/receipt")
    assert "回执已封存，可离线验证" in page.text
    entry = re.search(rf"{case}/receipts/[0-9a-f-]{{36}}", page.text)
    assert entry is not None
    assert "inclusion_proof" in (await fang.get(entry[0])).json()


async def test_another_citizen_finds_nothing_of_a_case(fang: Browser, xiao: Browser, site: Site) -> None:
    case = await submit(fang)
    page = await fang.get(case)
    own = set(re.findall(rf"{case}/(?:uses|receipts)/[0-9a-f-]{{36}}", page.text))
    places = [case, *own, *(f"{case}/{p}" for p in ("live", "edit", "withdraw", "receipt", "receipt/state"))]
    for place in places:
        assert (await xiao.get(place)).status_code == 404, place
    for place in ("ask", "edit", "withdraw"):
        await xiao.get("/matters")
        assert (await xiao.post(f"{case}/{place}", text="问", revision="1")).status_code == 404, place
    await xiao.get("/matters")
    sent = await xiao.post(f"{case}/files/household_book", files={"file": ("a.jpg", PHOTO.getvalue(), "image/jpeg")})
    assert sent.status_code == 404


async def test_a_handler_of_the_case_does_not_enter_by_the_citizens_door(fang: Browser, site: Site) -> None:
    case = await submit(fang)
    min_ = await Browser(site).sign_in("zhoumin")
    assert (await min_.get(case)).status_code == 404


async def test_another_citizen_finds_no_such_licence(fang: Browser, xiao: Browser) -> None:
    page = await fang.get("/licences")
    licences = set(re.findall(r"/licences/330103/[0-9a-f-]{36}", page.text))
    assert licences
    for licence in licences:
        assert (await fang.get(licence)).status_code == 200
        assert (await xiao.get(licence)).status_code == 404
        assert (await xiao.get(f"{licence}/document")).status_code == 404


@pytest.mark.parametrize("address", ["/matters", "/licences", "/my-data", "/messages"])
async def test_a_place_that_is_none_begins_the_list_anew(fang: Browser, address: str) -> None:
    assert (await fang.get(f"{address}?before=x")).status_code == 200
