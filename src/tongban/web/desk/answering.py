"""Answer an applicant's question in the department's name, once."""

from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.cases.actions.applicant import answer
from tongban.cases.errors import CaseNotFound
from tongban.web.desk.task_view import opened, task_answer
from tongban.web.desk.typed import read_answer
from tongban.web.site import WebRequest, site_of


@post("/desk/tasks/{region:str}/{case_id:uuid}/{task_id:str}/answers/{question:uuid}", status_code=200)
async def give(
    request: WebRequest,
    region: FromPath[str],
    case_id: FromPath[UUID],
    task_id: FromPath[str],
    question: FromPath[UUID],
) -> Response[str] | Redirect:
    """Answer ``question`` and come back to the task. Raises ``CaseNotFound``; other refusals keep what was typed."""
    typed = await read_answer(request, question)
    task = await opened(request, region, case_id, task_id)
    try:
        text = typed.answers[str(question)]
        await answer(site_of(request).kernel, task.signed.actor, region, case_id, question, text)
    except CaseNotFound:
        raise
    except TongbanError as error:
        if error.status >= 500:
            raise
        newest = await opened(request, region, case_id, task_id)
        return await task_answer(request, newest, typed=typed, refused=error, spot=f"answer-{question}")
    return Redirect(f"{task.path}?{task.listing.query()}#question-{question}", status_code=303)
