"""周敏 goes on leave: 李伟 of another department decides in her place, and no longer than she is away."""

from tests.browser.acts import apply, open_task
from tests.browser.served import Served
from tests.browser.visitor import DESKTOP, Visitors

TASK = "受理审查"


async def test_whoever_stands_in_decides_while_the_leave_runs_and_sees_nothing_after(
    visitors: Visitors, served: Served
) -> None:
    fang = await visitors()
    await fang.sign_in("wangfang")
    case = await apply(fang)
    wei = await visitors(DESKTOP)
    await wei.sign_in("liwei", "/sign-in?next=/desk")
    assert case not in await wei.text()

    min_ = await visitors(DESKTOP)
    await min_.sign_in("zhoumin", "/sign-in?next=/desk/leave")
    min_.refused.add(422)
    await min_.page.fill("#until", f"{served.today(3):%Y-%m-%d}")
    for substitute, told in (("nobody", "没有保存"), ("liwei", "已安排休假代办")):
        await min_.page.fill("#substitute", substitute)
        await min_.press("保存安排")
        assert told in await min_.text()

    await wei.open("/desk/leave")
    assert "您正在代 周敏 办理" in await wei.text()
    await open_task(wei, case, TASK)
    place = wei.path
    await wei.page.locator('input[name=kind][value="accept"]').check()
    await wei.press("提交意见")
    assert "已办理" in await wei.text()
    await min_.open(place)
    assert "李伟" in await min_.text() and "代周敏" in (await min_.text()).replace(" ", "")

    await min_.open("/desk/leave")
    await min_.press("现在结束")
    assert "代办人的权限即时停止" in await min_.text()
    wei.refused.add(404)
    assert await wei.open(place) == 404
