"""Django's models; imported when its settings are there."""

from __future__ import annotations

from typing import Any

from django.db import models


class Author(models.Model):
    id: Any = models.BigAutoField(primary_key=True)
    name: Any = models.CharField(max_length=80)
    email: Any = models.CharField(max_length=120)
    country: Any = models.CharField(max_length=40)

    class Meta:
        app_label = "contenttypes"
        db_table = "orm_author"


class Book(models.Model):
    id: Any = models.BigAutoField(primary_key=True)
    title: Any = models.CharField(max_length=200)
    pages: Any = models.BigIntegerField()
    price: Any = models.BigIntegerField()
    in_print: Any = models.BooleanField()
    rating: Any = models.FloatField()
    author: Any = models.ForeignKey(Author, models.CASCADE, related_name="books")

    class Meta:
        app_label = "contenttypes"
        db_table = "orm_book"


class Note(models.Model):
    id: Any = models.BigAutoField(primary_key=True)
    text: Any = models.CharField(max_length=200)
    amount: Any = models.BigIntegerField()
    done: Any = models.BooleanField()

    class Meta:
        app_label = "contenttypes"
        db_table = "orm_note"
