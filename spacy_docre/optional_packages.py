"""Packages that an extra installs, imported when they are needed."""

import importlib
from types import ModuleType

from .errors import Errors


def need(package: str, *, extra: str = "rhf") -> ModuleType:
    """Import a package of an extra.

    package (str): The package.
    extra (str): The extra of spacy-docre that installs it.
    RETURNS (ModuleType): The package.
    RAISES (ImportError): If it is not installed. The message names the extra.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        message = Errors.DRE600.format(package=package, extra=extra, error=error)
        raise ImportError(message) from error
