from rooftree import App, BaseSettings, Secret, Settings


class Mail(BaseSettings, frozen=True, kw_only=True):
    host: str = "localhost"
    password: Secret | None = None


class ShopSettings(Settings, frozen=True, kw_only=True):
    currency: str = "EUR"
    mail: Mail = Mail()


app = App(ShopSettings.load())


@app.get("/currency")
async def currency(settings: ShopSettings) -> dict[str, str]:
    return {"currency": settings.currency}
