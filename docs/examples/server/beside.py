import asyncio
import urllib.request

from rooftree import App
from rooftree.server import Server

app = App()


@app.get("/")
async def index() -> str:
    return "Hello, World!"


async def main() -> str:
    async with Server(app) as server:
        answer = await asyncio.to_thread(urllib.request.urlopen, server.url)
        return str(answer.read().decode())


if __name__ == "__main__":
    asyncio.run(main())
