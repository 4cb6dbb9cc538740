"""The inbox: what 李伟 sees in the morning, and what 陈静 never sees."""

from .cast import Cast


async def test_a_handler_sees_what_waits_for_the_own_department(cast: Cast) -> None:
    person, stage = await cast.at_the_police("何小雨")
    browser = await cast.browser("李伟")
    page = await browser.get("/desk")
    assert page.status_code == 200
    assert person in page.text
    assert f"/desk/tasks/330103/{stage.case}/household_registration" in page.text
