"""The tables are made by seed.py, never migrated."""

from decimal import Decimal

from django.db import models
from django.utils.translation import get_language
from front_text import spoken


class Category(models.Model):
    id = models.IntegerField(primary_key=True)
    slug = models.SlugField(max_length=40)
    name_en = models.CharField(max_length=60)
    name_de = models.CharField(max_length=60)
    drawing = models.CharField(max_length=60)
    place = models.IntegerField()

    class Meta:
        db_table = "front_category"

    @property
    def name(self):
        return spoken(get_language(), self.name_en, self.name_de)

    @property
    def picture(self):
        return f"/drawings/{self.drawing}.svg"


class Product(models.Model):
    id = models.IntegerField(primary_key=True)
    slug = models.SlugField(max_length=80, unique=True)
    name_en = models.CharField(max_length=80)
    name_de = models.CharField(max_length=80)
    cents = models.IntegerField(db_column="price")
    stock = models.IntegerField()
    active = models.BooleanField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE)
    drawing = models.CharField(max_length=60)
    released = models.IntegerField()

    class Meta:
        db_table = "front_product"

    @property
    def name(self):
        return spoken(get_language(), self.name_en, self.name_de)

    @property
    def picture(self):
        return f"/drawings/{self.drawing}.svg"

    @property
    def price(self):
        return Decimal(self.cents).scaleb(-2)
