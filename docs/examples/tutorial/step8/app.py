from decimal import Decimal
from typing import Annotated

from rooftree import (
    Accounts,
    App,
    Col,
    Find,
    Found,
    Input,
    Model,
    ModelForm,
    Output,
    Page,
    Redirect,
    Ref,
    Session,
    Settings,
    UserMixin,
    col,
    redirect,
    ref,
    render,
    staff,
)

app = App(Settings.load(database="sqlite:///catalogue.db"))


class User(UserMixin, Model, table="users"):
    name: Col[str] = col(max_length=80, default="")


accounts = Accounts(User)
app.use(accounts)


class Category(Model, table="categories"):
    name: Col[str] = col(min_length=1, max_length=40, unique=True)

    def __str__(self) -> str:
        return self.name


class Product(Model, table="products"):
    name: Col[str] = col(min_length=1, max_length=80, unique=True)
    price: Col[Decimal] = col(max_digits=8, decimal_places=2, gt=0)
    category: Ref[Category] = ref(on_delete="restrict")


class NewProduct(Input[Product], fields=(Product.name, Product.price, Product.category)): ...


class ProductForm(ModelForm[Product], fields=(Product.name, Product.price, Product.category)): ...


class CategoryOut(Output[Category], fields=(Category.id, Category.name)): ...


class ProductOut(Output[Product], fields=(Product.id, Product.name, Product.price, Product.category)):
    category: CategoryOut


@app.get("/")
async def catalogue(q: str = "", category: str = "", number: int = 1) -> Page:
    wanted = Product.where(Product.name.contains(q, ignore_case=True)).order_by(Product.name).include(Product.category)
    if category:
        wanted = wanted.where(Product.category.name == category)
    page = await wanted.page(number, size=12)
    categories = await Category.where().order_by(Category.name)
    return render("catalogue.html", page=page, categories=categories, q=q, category=category).partial("rows")


@app.get("/products/{product}")
async def product_page(product: Annotated[Product, Find(include=[Product.category])]) -> Page:
    return render("product.html", product=product)


@app.form("/products/new", requires=staff)
@app.form("/products/{product}/edit", requires=staff)
async def edit(form: ProductForm, session: Session, product: Found[Product] | None = None) -> Page | Redirect:
    if saved := await form.bind(product).save():
        session.flash(f"Saved {saved.name}.", "success")
        return redirect(product_page, product=saved.id)
    return render("edit.html", form=form, product=product)


@app.post("/products/{product}/delete", requires=staff)
async def delete(product: Found[Product], session: Session) -> Redirect:
    await product.delete()
    session.flash(f"{product.name} is gone.", "info")
    return redirect(catalogue)


@app.get("/api/products", returns=list[ProductOut])
async def list_products() -> list[Product]:
    return await Product.where().order_by(Product.id).include(Product.category)


@app.get("/api/products/{product}", returns=ProductOut)
async def show_product(product: Annotated[Product, Find(include=[Product.category])]) -> Product:
    return product


@app.post("/api/products", status=201, returns=ProductOut, requires=staff)
async def add_product(data: NewProduct) -> Product:
    product = await Product.create(**data.values())
    return await Product.get(product.id).include(Product.category)


@app.seed
async def products() -> None:
    for kind, name, price in [
        ("Seats", "Ash stool", "59.90"),
        ("Tables", "Oak table", "349.00"),
        ("Shelves", "Pine shelf", "89.50"),
    ]:
        category, _ = await Category.get_or_create(name=kind)
        await Product.get_or_create(name=name, defaults={"price": Decimal(price), "category": category})
