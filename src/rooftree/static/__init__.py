"""Static files: named by their content, kept by browsers for good; single-page applications; files from visitors."""

from rooftree.static.asset import Asset, send
from rooftree.static.assets import Assets
from rooftree.static.collect import Report, collect
from rooftree.static.frontend import Frontend
from rooftree.static.importmap import import_map_tag
from rooftree.static.names import digest_of
from rooftree.static.own import OWN_PREFIX, form_script_url, icon_url, look_text, look_url, own_assets
from rooftree.static.uploads import safe_image_type, serve_upload

__all__ = [
    "OWN_PREFIX",
    "Asset",
    "Assets",
    "Frontend",
    "Report",
    "collect",
    "digest_of",
    "form_script_url",
    "icon_url",
    "import_map_tag",
    "look_text",
    "look_url",
    "own_assets",
    "safe_image_type",
    "send",
    "serve_upload",
]
