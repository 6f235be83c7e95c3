"""What keeps visitors and the site safe from others: headers, policies, forged requests, limits, uploads, redirects."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rooftree.security.csp import ContentPolicy, Policies, log_reports, nonce
    from rooftree.security.csrf import SAFE_METHODS, ForgeryCheck, csrf_field, has_token
    from rooftree.security.headers import security_lines
    from rooftree.security.limits import By, Limiter, RateLimit, address_of
    from rooftree.security.redirects import safe_next
    from rooftree.security.uploads import ImageInfo, UploadRefused, check_image, check_upload, sniff

__all__ = [
    "SAFE_METHODS",
    "By",
    "ContentPolicy",
    "ForgeryCheck",
    "ImageInfo",
    "Limiter",
    "Policies",
    "RateLimit",
    "UploadRefused",
    "address_of",
    "check_image",
    "check_upload",
    "csrf_field",
    "has_token",
    "log_reports",
    "nonce",
    "safe_next",
    "security_lines",
    "sniff",
]

_MODULES = {
    "csp": ("ContentPolicy", "Policies", "log_reports", "nonce"),
    "csrf": ("SAFE_METHODS", "ForgeryCheck", "csrf_field", "has_token"),
    "headers": ("security_lines",),
    "limits": ("By", "Limiter", "RateLimit", "address_of"),
    "redirects": ("safe_next",),
    "uploads": ("ImageInfo", "UploadRefused", "check_image", "check_upload", "sniff"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # for checkers a name that is not there is an error

    def __getattr__(name: str) -> Any:
        module = _MODULE_OF.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
        return value
