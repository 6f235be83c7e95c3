"""The tables are made by seed.py, never migrated."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class World(models.Model):
    id = models.IntegerField(primary_key=True)
    randomnumber = models.IntegerField()

    class Meta:
        db_table = "world"


class Fortune(models.Model):
    id = models.IntegerField(primary_key=True)
    message = models.CharField(max_length=2048)

    class Meta:
        db_table = "fortune"


class Category(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        db_table = "category"


class Product(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=200)
    price = models.IntegerField()
    stock = models.IntegerField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE)

    class Meta:
        db_table = "product"


class User(AbstractBaseUser):
    id = models.IntegerField(primary_key=True)
    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField()
    staff = False
    USERNAME_FIELD = "username"
    objects = BaseUserManager()

    class Meta:
        db_table = "app_user"
