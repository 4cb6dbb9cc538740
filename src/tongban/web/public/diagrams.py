"""A journey's flow as a BPMN 2.0 diagram, for anybody to open in a modelling tool."""

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from tongban.cases.kernel import Kernel
from tongban.services.bpmn import MEDIA_TYPE, export
from tongban.web.language import Words
from tongban.web.reading import request_language
from tongban.web.site import WebRequest, site_of


@get("/guides/{journey:str}/journey.bpmn")
async def download(
    request: WebRequest, journey: FromPath[str], region: FromQuery[str | None] = None
) -> Response[bytes]:
    """The diagram of ``journey`` in ``region``. Raises ``UnknownJourney``, ``UnknownRegion``."""
    kernel = site_of(request).kernel
    place = kernel.directory.region(region).code if region else next(iter(sorted(kernel.directory.regions)))
    return diagram(kernel, journey, place, site_of(request).words(request_language(request)))


def diagram(kernel: Kernel, journey: str, region: str, words: Words) -> Response[bytes]:
    """The file, in the reader's language, with the departments of ``region``. Raises ``UnknownJourney``."""
    version = kernel.catalogue.journey(journey)
    roles = {version.journey.lead, *(task.department for task in version.journey.tasks)}
    names = {role: words.pack(kernel.directory.department_for(region, role).name) for role in sorted(roles)}
    content = export(version, names, "en" if words.language == "en" else "zh-CN")
    headers = {"content-disposition": f'attachment; filename="{version.journey.id}.bpmn"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
