# ruff: noqa: E501 - a table of cases reads best with one on each line
from __future__ import annotations

import gc
import re
import subprocess
import sys
import weakref
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Annotated, Any, ClassVar, cast

import msgspec
import pytest

from rooftree.base import RooftreeError
from rooftree.db import (
    BareModel,
    Check,
    Col,
    Index,
    Many,
    Model,
    ModelError,
    Ref,
    RowInvalid,
    Search,
    Unique,
    col,
    known_models,
    many,
    now,
    ref,
)
from rooftree.db.expressions.constraints import Constraint
from rooftree.db.models import registry
from rooftree.db.sql.tables import create_statements, metadata_of
from rooftree.schema import Ge, Lt
from tests.unit.db.queries.shop import Category, Product, opened


class Stamped(Model, abstract=True):
    created_at: Col[datetime] = col(default=now)
    changed_at: Col[datetime] = col(default=now, on_update=now)

    def age(self) -> float:
        return (self.changed_at - self.created_at).total_seconds()


class Named(BareModel, abstract=True):
    name: Col[str] = col(max_length=20)


class Person(Stamped, Named):
    age_: Col[Annotated[int, Ge(0), Lt(150)]] = col(name="age", default=1)
    limit: ClassVar[int] = 3
    nick: Col[str | None] = col(default=None)

    @property
    def shown(self) -> str:
        return self.nick or self.name


async def test_mixins_give_their_columns_and_methods(url: str) -> None:
    async with opened(url, Person):
        ann = await Person.create(name="Ann")
        assert (ann.shown, ann.limit, ann.age() >= 0) == ("Ann", 3, True)
        assert {column.name for column in Person.__table_info__.columns} == {
            "id",
            "created_at",
            "changed_at",
            "name",
            "nick",
            "age_",
        }
        assert await Person.where(Person.name == "Ann") == [ann]
        with pytest.raises(RowInvalid, match="age_: Expected `int` < 150"):
            await Person.create(name="Bob", age_=150)


def test_equality_and_hash_are_by_key() -> None:
    one, same, other, new = (Category(name=name) for name in "abcd")
    one.id = same.id = 1
    other.id = 2
    assert one == same
    assert one != other
    assert one != new
    assert new == new  # noqa: PLR0124 - itself
    assert new != Category(name="d")
    assert len({one, same, other, new}) == 3
    assert one != "a"


def test_a_model_encodes_without_its_row_and_what_is_not_loaded() -> None:
    product = Product(name="Oak", price=Decimal("9.90"), category=3)
    assert msgspec.json.decode(msgspec.json.encode(product))["name"] == "Oak"
    assert "tags" not in msgspec.to_builtins(product)
    assert product.category_id == 3  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert repr(product).startswith("Product(name='Oak', price=Decimal('9.90'), id=UNSET, ")


def test_the_class_itself_cannot_be_changed() -> None:
    with pytest.raises(ModelError, match=r"\[M110\] Product.name was assigned on the class"):
        Product.name = "x"  # type: ignore[assignment]


def user_line_of(traceback: TracebackType) -> int:
    return traceback.tb_lineno


def test_constraints_that_fail_say_where() -> None:
    def fails() -> list[Any]:
        return [1 // 0]

    class Gate(Model):
        width: Col[int] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return fails()

    class Fence(Model):
        width: Col[int] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return None  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    class Wall(Model):
        width: Col[int] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [cls.width]  # type: ignore[list-item]  # pyright: ignore[reportReturnType]

    class Hedge(Model):
        width: Col[int] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Search(cls.width, language=cast("Any", "elvish"))]

    class Rail(Model):
        width: Col[int] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Unique(cls.widht)]  # type: ignore[attr-defined]  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]

    here = r"At tests/unit/db/queries/test_models\.py:"
    cases: dict[Any, str] = {
        Gate: rf"\[M127\] Gate\.constraints\(\) failed: ZeroDivisionError: .*\. {here}{fails.__code__.co_firstlineno + 1}\. Return",
        Fence: rf"\[M127\] Fence\.constraints\(\) returned None\. {here}\d+\. Return a list of Unique\(\), Check\(\)",
        Wall: r"\[M127\] Wall\.constraints\(\) returned .*width.*\. ",
        Hedge: r"\[M125\]",
        Rail: rf"\[Q119\] Rail has no 'widht'\. {here}\d+\. Did you mean 'width'\?",
    }
    for model, text in cases.items():
        with pytest.raises(RooftreeError, match=text):
            create_statements([model.__table_info__], "sqlite")
    told = [str(error) for error in registry.mistakes()]
    for text in cases.values():
        assert len([each for each in told if re.match(text, each)]) == 1


def test_a_name_that_is_a_verb_offers_another() -> None:
    with pytest.raises(ModelError) as caught:

        class Door(Model):  # pyright: ignore[reportUnusedClass]
            get: Col[str] = col()  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]

    line = user_line_of(caught.tb)
    assert str(caught.value) == (
        f"[M106] Door.get cannot be a column: 'get' is a verb of models. At tests/unit/db/queries/test_models.py:{line}. "
        "Give the attribute another name and keep the column's: get_: Col[...] = col(name='get')."
    )


async def test_a_column_may_have_another_name_in_the_database(url: str) -> None:
    class Window(Model):
        get_: Col[str] = col(name="get")
        order: Col[int] = col(name="select", default=1)

    async with opened(url, Window):
        made = await Window.create(get_="x")
        assert await Window.where(Window.get_ == "x", Window.order == 1) == [made]
        assert "get" in Window.table.c


NAMES = (Check, Index, BareModel, Many, Unique, many, metadata_of)  # what the texts below use


def body(text: str) -> dict[str, Any]:
    names: dict[str, Any] = dict(globals())
    exec("from __future__ import annotations\n" + text, names)  # noqa: S102 - the test's own texts
    return names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class A(Model):\n  x: int", "[M102] A.x is annotated int, and an attribute of a model is a Col[...], a Ref[...] or a Many[...]. Write x: Col[int]"),
        ("class A(Model):\n  x = col()", "[M103] A.x has no annotation. Write x: Col[...] = col(...)."),
        ("class A(Model):\n  x: Col[int] = 3", "[M104] A.x is a Col[...], and its value is 3. Write col(), with default=3."),
        ("class A(Model):\n  x: Ref[Category] = many()", "[M104]"),
        ("class A(Model):\n  x: Col[Nowhere] = col()", "[M105] A.x names Nowhere, which is not known here."),
        ("class A(Model):\n  _x: Col[int] = col()", "[M106]"),
        ("class A(Model):\n  x: Col[int] = col(name='a')\n  a: Col[int] = col()", "[M108] A.x and A.a are both the column 'a'."),
        ("class A(BareModel):\n  x: Col[int] = col()", "[M109] A has no key."),
        (
            "class A(Model):\n  x: Col[int] = col(primary=True)",
            "[M120] A has the key 'id', which the database counts up, together with 'x'.",
        ),
        ("class A(Model):\n  x: Col[int] = col(uniqe=True)", "[M101] col() takes no 'uniqe'."),
        ("class A(Model):\n  x: Col[object] = col()", "[M112] A.x: no column holds object"),
        ("class A(Model):\n  x: Col[int] = col(default=3, generated='3')", "[M113] A.x is computed by the database and has a default."),
        ("class A(Model):\n  x: Col[Decimal] = col(max_digits=2, decimal_places=3)", "[M114]"),
        ("class A(Model):\n  x: Col[str] = col(pattern='(')", "[M114]"),
        ("class A(Model):\n  x: Col[int] = col(max_length=3)", "[M115] A.x is integer and was given max_length=."),
        ("class A(BareModel):\n  x: Col[int | None] = col(primary=True)", "[M116]"),
        ("class A(Model):\n  x: Col[str] = col(role='version')", "[M117]"),
        ("class A(Model):\n  x: Col[int] = col(default=None)", "[M118] A.x has the default None and may not be None."),
        ("class A(Model):\n  x: Col[list[int]] = col(default=[])", "[M118] A.x has a default that every row would share: []. Write default=list"),
        ("class A(Model):\n  x: Col[int] = col(default='3')", "[M118]"),
        ("class A(Model):\n  x: Ref[Category] = ref(on_delete='set null')", "[M119]"),
        ("class A(Model):\n  x: Ref[Category] = ref(on_delete='retrict')", "[M126] A.x has on_delete='retrict', which no database knows. Write one of restrict, cascade, set null, "),
        ("class A(Model):\n  x: Ref[Category] = ref(columns=('a', 'b'))", "[M120]"),
        ("class A(Model, wrong=1):\n  x: Col[int] = col()", "[M121] class A was given wrong=."),
        ("class A(Model, abstract=True, table='a'):\n  x: Col[int] = col()", "[M122]"),
        ("class A(Category):\n  x: Col[int] = col()", "[M123] A derives from Category, which has a table of its own."),
        ("class A(Model):\n  x: Ref[Nowhere] = ref()\nmetadata_of([A.__table_info__], 'sqlite')", "[M201] A.x names Nowhere, and no such model exists."),
        ("class A(Model):\n  x: Ref[Stamped] = ref()\nmetadata_of([A.__table_info__], 'sqlite')", "[M203]"),
        ("class A(Model):\n  x: Many[Category] = many(by='name')\nA.x.many.links", "[M204] A.x says by='name', and Category.name does not lead back to A."),
        ("class A(Model):\n  x: Many[Category] = many(through=Product)\nA.x.many.links", "[M205] A.x goes through Product, which has 0 references to A."),
        ("class A(Model, table='t1'):\n  x: Col[int]\nclass B(Model, table='t1'):\n  x: Col[int]\nmetadata_of([A.__table_info__, B.__table_info__], 'sqlite')", "[M206]"),
        ("class A(Model):\n  x: Col[Decimal] = col(max_digits=30)\nmetadata_of([A.__table_info__], 'sqlite')", "[M301] A.x has max_digits=30, and SQLite keeps at most 18 exactly."),
        ("class A(Model):\n  x: Col[int] = col()\n  @classmethod\n  def constraints(cls): return [Unique(Product.name)]\nmetadata_of([A.__table_info__], 'sqlite')", "[M207]"),
        ("class A(Model):\n  x: Col[str] = col()\n  @classmethod\n  def constraints(cls): return [Index(cls.x.lower())]\nmetadata_of([A.__table_info__], 'sqlite')", "[M208]"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_work_says_why(text: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        body(text)
    assert str(caught.value).startswith(said)
    assert caught.value.remedy


async def test_a_many_to_many_may_have_a_model_of_its_own(url: str) -> None:
    class Student(Model):
        name: Col[str] = col()
        courses: Many[Course] = many(through="Enrolment")

    class Course(Model):
        name: Col[str] = col()
        students: Many[Student] = many(through="Enrolment")

    class Enrolment(Model):
        student: Ref[Student] = ref(on_delete="cascade")
        course: Ref[Course] = ref(on_delete="cascade")
        grade: Col[int | None] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Unique(cls.student, cls.course)]

    async with opened(url, Student, Course, Enrolment):
        ann, maths = await Student.create(name="Ann"), await Course.create(name="Maths")
        await Enrolment.create(student=ann, course=maths, grade=1)
        assert (await Student.get(ann.id).include(Student.courses)).courses == [maths]
        assert await Course.where(Course.students.any(Student.name == "Ann")) == [maths]
        assert await Course.students.of(maths) == [ann]


def test_references_may_run_in_circles() -> None:
    class Left(Model):
        right: Ref[Right | None] = ref()

    class Right(Model):
        left: Ref[Left | None] = ref()

    text = create_statements([Left.__table_info__], "postgresql")
    assert sum("ALTER TABLE" in each for each in text) >= 1
    assert Left in known_models()
    assert {table.name for table in metadata_of([Left.__table_info__], "sqlite").tables.values()} == {"lefts", "rights"}


def test_models_load_neither_sqlalchemy_nor_a_driver_before_the_first_query() -> None:
    code = (
        "import sys\nfrom rooftree.db import Col, Model, col\n"
        "class A(Model):\n  x: Col[int] = col()\n"
        "A.where(A.x > 3)\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'asyncpg', 'zoneinfo') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_rows_that_cannot_refer_to_each_other_are_none_of_the_collectors_work() -> None:
    class Plain(Model):
        name: Col[str] = col()

    class Kept(Model):
        tags: Col[list[str]] = col(default=list)

    class Child(Model):
        plain: Ref[Plain] = ref()
        more: Ref[Plain | None] = ref()

    class Grandchild(Model):
        child: Ref[Child] = ref()
        kept: Ref[Kept | None] = ref()

    class Chain(Model):
        before: Ref[Chain | None] = ref()

    assert not gc.is_tracked(Plain(name="a"))
    assert gc.is_tracked(Kept(tags=["a"]))
    assert not gc.is_tracked(child := Child(plain=Plain(name="a")))
    assert gc.is_tracked(Grandchild(child=child, kept=Kept(tags=["a"])))
    assert gc.is_tracked(Chain(before=Chain(before=None)))
    assert gc.is_tracked(Category(name="a", products=[]))


def test_a_mixin_that_is_no_model_holds_anything_and_the_collector_looks_at_it() -> None:
    class Noted:
        note: Any

        def noted(self, note: Any) -> None:
            self.note = note

    class Shelf(Noted, Model):
        name: Col[str] = col()

    class Labelled(Noted, Model, abstract=True):
        label: Col[str] = col()

    class Box(Labelled):
        shelf: Ref[Shelf] = ref()

    shelf = Shelf(name="a")
    box = Box(label="b", shelf=shelf)
    box.noted(shelf)
    mark = Noted()
    mark.noted(shelf)
    shelf.noted([box, mark])
    gone = weakref.ref(mark)
    del mark, box, shelf
    gc.collect()
    assert gone() is None
