"""Any journey as BPMN 2.0 with a drawing: ``export`` is what the command, the guide and the API call.

``flow`` says what follows what, ``places`` where it lies on paper, ``writing`` spells both as XML.
"""

from collections.abc import Mapping

from tongban.services.bpmn.flow import Process, process_of
from tongban.services.bpmn.places import Drawing, draw
from tongban.services.bpmn.texts import Language
from tongban.services.bpmn.writing import write
from tongban.services.catalogue import JourneyVersion

__all__ = ["MEDIA_TYPE", "Drawing", "Process", "draw", "export", "process_of", "write"]

MEDIA_TYPE = "application/bpmn+xml"


def export(version: JourneyVersion, departments: Mapping[str, str], language: Language = "zh-CN") -> bytes:
    """``version`` as a BPMN 2.0 document (OMG formal/2011-01-03, ISO/IEC 19510) in UTF-8.

    ``departments`` names the lanes: department role → name as people know it; a role that is not named stands
    for itself. The same version, names and language always give the same bytes.
    """
    process = process_of(version, departments, language)
    return write(process, draw(process))
