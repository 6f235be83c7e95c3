"""The description of an application's API: the OpenAPI document, the page that shows it, what changed in it."""

from rooftree.openapi.changes import Change, changes
from rooftree.openapi.compare import is_table
from rooftree.openapi.document import make_document
from rooftree.openapi.names import duplicates
from rooftree.openapi.outline import faults_in
from rooftree.openapi.served import Description
from rooftree.openapi.ui import swagger_ui

__all__ = ["Change", "Description", "changes", "duplicates", "faults_in", "is_table", "make_document", "swagger_ui"]
