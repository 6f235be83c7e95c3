from __future__ import annotations

from typing import Annotated, Any

from rooftree import Ge, Input, Le, ModelForm, Text, Upload, _, field, rule
from rooftree.forms import ImageInput, MoneyInput, Textarea
from shop.products.models import Product
from shop.staff.photos import keep_photo


class ProductForm(
    ModelForm[Product],
    fields=(
        Product.name_en, Product.name_de, Product.slug, Product.category, Product.price, Product.active,
        Product.summary_en, Product.summary_de, Product.text_en, Product.text_de,
    ),
    id="product",
    submit=_("Save"),
):  # fmt: skip
    name_en = field(label=_("Name, English"), group=_("What it is called"))
    name_de = field(label=_("Name, German"), group=_("What it is called"))
    slug = field(label=_("In its address"), help=_("Small letters, digits and hyphens."), group=_("What it is called"))
    category = field(label=_("Category"), group=_("What it is called"))
    price = field(label=_("Price"), widget=MoneyInput("EUR"), group=_("Sale"))
    active = field(label=_("It is in the shop"), group=_("Sale"))
    delivered = field(
        Annotated[int, Ge(-100_000), Le(100_000)],
        label=_("Pieces that came in"),
        help=_("They are added to the stock; with a minus they leave it."),
        initial=0,
        group=_("Sale"),
    )
    summary_en = field(label=_("In a line, English"), group=_("What is told of it"))
    summary_de = field(label=_("In a line, German"), group=_("What is told of it"))
    text_en = field(label=_("Text, English"), widget=Textarea(rows=6), group=_("What is told of it"))
    text_de = field(label=_("Text, German"), widget=Textarea(rows=6), group=_("What is told of it"))
    picture = field(
        Upload | None,
        label=_("Photo"),
        widget=ImageInput(max_size=2_000_000),
        help=_("Without one its drawing is shown."),
        group=_("Picture"),
    )

    @rule("delivered")
    def are_there(self, delivered: int) -> Text | None:
        stock = 0 if self.instance is None else self.instance.stock
        return _("So many are not there.") if stock + delivered < 0 else None

    async def write(self, data: Input[Product], **values: Any) -> Product:
        """Keep the photo too, and change the stock by what came in: others are buying meanwhile."""
        picture: Upload | None = data.picture
        if picture is not None:
            values["photo"] = await keep_photo(picture)
        product = await super().write(data, **values)
        if data.delivered:
            await Product.where(Product.id == product.id).update(stock=Product.stock + data.delivered)
        return product
