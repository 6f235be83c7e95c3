"""What stands around handlers: ``async def middleware(request, call_next) -> Response``, made with typed options."""

from rooftree.app.middleware.hosts import AllowedHosts
from rooftree.app.middleware.limits import BodyLimit, TimeLimit
from rooftree.app.middleware.security import SecurityHeaders, security_lines

__all__ = ["AllowedHosts", "BodyLimit", "SecurityHeaders", "TimeLimit", "security_lines"]
