"""What a deployment calls the metadata of licences: ``licence-metadata.yaml`` in the node's home."""

from pathlib import Path

import msgspec
import yaml

from tongban.licences.errors import MetadataUnfit
from tongban.licences.metadata import Names


def metadata_names(path: Path) -> Names:
    """The names in ``path``, the Chinese terms where there is no such file. Raises ``MetadataUnfit``."""
    if not path.exists():
        return Names()
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")) or {}, Names)
    except (OSError, ValueError, yaml.YAMLError) as error:
        if isinstance(error.__cause__, MetadataUnfit):
            raise error.__cause__ from error
        raise MetadataUnfit(name=str(path), known=str(error)) from error
